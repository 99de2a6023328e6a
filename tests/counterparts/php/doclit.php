<?php
// SIMADU: PHP SoapServer, document/literal, Basic credentials.   php -S 127.0.0.1:PORT doclit.php
// Reads by page; the list is a short view, the whole record with its thread comes from rincianAduan.
require __DIR__ . '/buku.php';

const STATUS = ['BARU' => 'Baru', 'VERIFIKASI' => 'Verifikasi', 'PROSES' => 'Sedang diproses',
    'SELESAI' => 'Selesai', 'TOLAK' => 'Bukan wewenang'];

class Simadu {
    private $buku;
    function __construct($buku) { $this->buku = $buku; }

    function siapaSaya($p) { return ['pengguna' => $_SERVER['PHP_AUTH_USER'] ?? '']; }

    function daftarAduan($p) {
        $jumlah = min((int) ($p->jumlah ?? 20), 50);
        $halaman = max((int) ($p->halaman ?? 1), 1);
        [$baris, $total] = $this->buku->sejak($p->sejak ?? '', ($halaman - 1) * $jumlah, $jumlah);
        return ['total' => $total, 'halaman' => $halaman, 'aduan' => array_map([$this, 'ringkas'], $baris)];
    }

    function rincianAduan($p) { return ['aduan' => $this->lengkap($this->ada($p->nomor))]; }

    function kirimAduan($p) {
        $a = $p->aduan;
        if (trim($a->judul) === '') throw new SoapFault('Client', 'judul wajib diisi');
        if (iconv_strlen($a->judul, 'UTF-8') > 150) throw new SoapFault('Client', 'judul paling banyak 150 huruf');
        return ['nomor' => $this->buku->baru([
            'judul' => $a->judul, 'isi' => $a->isi ?? '', 'nama' => $a->pelapor->nama ?? null,
            'telepon' => $a->pelapor->telepon ?? null, 'anonim' => ($a->anonim ?? 'T') === 'Y',
            'rahasia' => ($a->rahasia ?? 'T') === 'Y', 'nomor_lapor' => $a->nomorLapor ?? null,
            'alamat' => $a->alamat ?? null, 'status' => 'BARU'], 'SMD-')];
    }

    function ubahAduan($p) {
        $lama = $this->ada($p->nomor);
        if (isset($p->status) && !isset(STATUS[$p->status])) throw new SoapFault('Client', 'status tidak dikenal');
        if (($p->status ?? $lama['status']) === 'TOLAK' && empty($p->alasan ?? $lama['alasan']))
            throw new SoapFault('Client', 'alasan wajib diisi untuk TOLAK');
        $baru = [];
        foreach (['judul' => 'judul', 'isi' => 'isi', 'status' => 'status', 'alasan' => 'alasan',
            'nomorLapor' => 'nomor_lapor', 'alamat' => 'alamat'] as $dari => $ke)
            if (isset($p->$dari)) $baru[$ke] = $p->$dari;
        $this->buku->ubah($p->nomor, $baru);
        return ['aduan' => $this->lengkap($this->buku->ambil($p->nomor))];
    }

    function tambahTindakLanjut($p) {
        $this->ada($p->nomor);
        if (trim($p->isi) === '') throw new SoapFault('Client', 'isi wajib diisi');
        return ['id' => $this->buku->tindak_lanjut($p->nomor, $p->isi, $_SERVER['PHP_AUTH_USER'] ?? 'hub')];
    }

    function cariAduan($p) {
        return ['aduan' => array_map([$this, 'lengkap'], $this->buku->dengan_lapor($p->nomorLapor))];
    }

    function daftarStatus($p) {
        return ['status' => array_map(fn($k) => ['kode' => $k, 'nama' => STATUS[$k]], array_keys(STATUS))];
    }

    private function ada($nomor) {
        $a = $this->buku->ambil($nomor);
        if (!$a) throw new SoapFault('Client', 'aduan tidak ditemukan');
        return $a;
    }

    private function ringkas($a) {
        $r = ['versi' => $a['versi'], 'nomor' => $a['nomor'], 'judul' => $a['judul'], 'status' => $a['status'],
            'anonim' => $a['anonim'] ? 'Y' : 'T', 'rahasia' => $a['rahasia'] ? 'Y' : 'T',
            'dibuat' => $a['dibuat'], 'diubah' => $a['diubah']];
        if ($a['nomor_lapor'] !== null) $r['nomorLapor'] = $a['nomor_lapor'];
        return $r;
    }

    private function lengkap($a) {
        return $this->ringkas($a) + ['isi' => $a['isi'], 'alasan' => $a['alasan'], 'alamat' => $a['alamat'],
            'pelapor' => ['nama' => $a['nama'], 'telepon' => $a['telepon']], 'tindakLanjut' => $a['tindak_lanjut']];
    }
}

if (($_SERVER['PHP_AUTH_USER'] ?? '') !== 'hub' || ($_SERVER['PHP_AUTH_PW'] ?? '') !== getenv('HUB_TEST_PASSWORD')) {
    http_response_code(401);
    header('WWW-Authenticate: Basic realm="SIMADU"');
    echo '<html><body>Tidak berhak</body></html>';
    return;
}
layani(__DIR__ . '/doclit.wsdl', 'Simadu');
