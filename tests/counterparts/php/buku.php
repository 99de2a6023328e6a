<?php
// The complaint office behind both services: what it holds, kept in one JSON file (HUB_TEST_STATE) under a lock.
// Everything here is invented. Times are local (Asia/Jakarta) and carry no zone, as such systems do.
date_default_timezone_set('Asia/Jakarta');

class Buku {
    private $file, $handle, $data;

    function __construct() {
        $this->handle = fopen(getenv('HUB_TEST_STATE'), 'c+');
        flock($this->handle, LOCK_EX);
        $text = stream_get_contents($this->handle);
        $this->data = $text ? json_decode($text, true) : [];
        $this->data += ['aduan' => [], 'urut' => 0, 'urut_tl' => 0, 'panggilan' => [], 'gangguan' => null];
    }

    function simpan() {
        ftruncate($this->handle, 0);
        rewind($this->handle);
        fwrite($this->handle, json_encode($this->data, JSON_UNESCAPED_UNICODE | JSON_PRETTY_PRINT));
        fflush($this->handle);
    }

    function lepas() { flock($this->handle, LOCK_UN); fclose($this->handle); }

    // One fault, for so many calls of one operation (or of any): {jenis, kali, operasi}
    function gangguan($operasi) {
        $g = $this->data['gangguan'];
        if (!$g || $g['kali'] < 1 || (!empty($g['operasi']) && $g['operasi'] !== $operasi)) return null;
        $this->data['gangguan']['kali']--;
        $this->simpan();
        return $g['jenis'];
    }

    function catat($operasi) { $this->data['panggilan'][] = $operasi; $this->simpan(); }

    function semua() { return array_values($this->data['aduan']); }

    // By change time, oldest first; `sejak` (Y-m-d H:i:s, local) includes that very second.
    function sejak($sejak, $mulai, $banyak) {
        $baris = array_filter($this->semua(), fn($a) => !$sejak || $a['diubah'] >= $sejak);
        usort($baris, fn($a, $b) => [$a['diubah'], $a['urut']] <=> [$b['diubah'], $b['urut']]);
        return [array_slice($baris, $mulai, $banyak), count($baris)];
    }

    function ambil($nomor) { return $this->data['aduan'][$nomor] ?? null; }

    function dengan_lapor($lapor) {
        return array_values(array_filter($this->semua(), fn($a) => (string) $a['nomor_lapor'] === (string) $lapor));
    }

    function baru($isi, $awalan) {
        $urut = ++$this->data['urut'];
        $nomor = $awalan . sprintf('%05d', $urut);
        $kini = date('Y-m-d H:i:s');
        $this->data['aduan'][$nomor] = $isi + [
            'nomor' => $nomor, 'urut' => $urut, 'judul' => '', 'isi' => '', 'nama' => null, 'telepon' => null,
            'anonim' => false, 'rahasia' => false, 'status' => 'BARU', 'alasan' => null, 'nomor_lapor' => null,
            'alamat' => null, 'dibuat' => $kini, 'diubah' => $kini, 'versi' => 1, 'tindak_lanjut' => []];
        $this->simpan();
        return $nomor;
    }

    function ubah($nomor, $isi) {
        $this->data['aduan'][$nomor] = array_merge($this->data['aduan'][$nomor], $isi,
            ['diubah' => date('Y-m-d H:i:s'), 'versi' => $this->data['aduan'][$nomor]['versi'] + 1]);
        $this->simpan();
    }

    function tindak_lanjut($nomor, $teks, $petugas) {
        $id = 'TL-' . ++$this->data['urut_tl'];
        $daftar = $this->data['aduan'][$nomor]['tindak_lanjut'];
        $daftar[] = ['id' => $id, 'waktu' => date('Y-m-d H:i:s'), 'petugas' => $petugas, 'isi' => $teks];
        $this->ubah($nomor, ['tindak_lanjut' => $daftar]);
        return $id;
    }
}

// What goes wrong before the call is carried out, and what goes wrong after it was.
function gangguan_sebelum($jenis) {
    if ($jenis === 'galat') throw new SoapFault('Server', 'basis data tidak dapat dihubungi');
    if ($jenis === 'pemeliharaan' || $jenis === 'pemeliharaan_200') {
        http_response_code($jenis === 'pemeliharaan' ? 503 : 200);
        header('Content-Type: text/html');
        echo '<!DOCTYPE html><html><body><h1>Sedang pemeliharaan</h1></body></html>';
        exit;
    }
    if ($jenis === 'lambat') sleep(3);
}

function gangguan_sesudah($jenis) {
    if ($jenis === 'mati') posix_kill(getmypid(), SIGKILL);       // the work is done, the answer never leaves
    if ($jenis === 'kosong') { http_response_code(200); exit; }   // the work is done, the answer is empty
}

function layani($wsdl, $class) {
    ini_set('soap.wsdl_cache_enabled', '0');
    if (isset($_GET['wsdl'])) { header('Content-Type: text/xml; charset=utf-8'); readfile($wsdl); return; }
    $server = new SoapServer($wsdl);
    $server->setObject(new Pelayan($class));
    $server->handle();
}

// Stands before the service: writes every call down, plays the fault that is switched on.
class Pelayan {
    private $class;
    function __construct($class) { $this->class = $class; }
    function __call($operasi, $bagian) {
        $buku = new Buku();
        $jenis = $buku->gangguan($operasi);
        $buku->catat($operasi);
        try {
            gangguan_sebelum($jenis);
            $hasil = call_user_func_array([new $this->class($buku), $operasi], $bagian);
        } finally {
            $buku->lepas();
        }
        gangguan_sesudah($jenis);
        return $hasil;
    }
}
