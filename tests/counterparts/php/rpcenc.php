<?php
// E-LAPOR: PHP SoapServer, rpc/encoded, user and password as the first parameters of every call, NuSOAP manners:
// numbers for statuses, day-first local times, a business refusal inside a good answer (respon "0").
// php -S 127.0.0.1:PORT rpcenc.php
require __DIR__ . '/buku.php';

const KODE = ['BARU' => 0, 'VERIFIKASI' => 1, 'PROSES' => 2, 'SELESAI' => 3, 'TOLAK' => 9];

class ELapor {
    private $buku;
    function __construct($buku) { $this->buku = $buku; }

    // `sejak` is day-first like everything here; rows from `mulai` (0-based), at most `banyak`
    function getAduan($pengguna, $sandi, $sejak, $mulai, $banyak) {
        $this->masuk($pengguna, $sandi);
        $t = $sejak ? DateTime::createFromFormat('d-m-Y H:i:s', $sejak) : null;
        if ($t === false) throw new SoapFault('Client', 'format tanggal salah');
        [$baris] = $this->buku->sejak($t ? $t->format('Y-m-d H:i:s') : '', (int) $mulai, min((int) $banyak, 50));
        return array_map([$this, 'tulis'], $baris);
    }

    function getAduanDetail($pengguna, $sandi, $nomor) {
        $this->masuk($pengguna, $sandi);
        return $this->tulis($this->ada($nomor));
    }

    function kirimAduan($pengguna, $sandi, $aduan) {
        $this->masuk($pengguna, $sandi);
        if (trim($aduan->judul) === '') throw new SoapFault('Client', 'judul wajib diisi');
        $nomor = $this->buku->baru(['judul' => $aduan->judul, 'isi' => $aduan->isi ?? '',
            'nama' => $aduan->nama_pelapor ?? null, 'telepon' => $aduan->telepon ?? null,
            'anonim' => !empty($aduan->anonim), 'rahasia' => !empty($aduan->rahasia),
            'nomor_lapor' => ($aduan->nomor_lapor ?? '') === '' ? null : $aduan->nomor_lapor], 'EL');
        return $this->hasil('1', 'tersimpan', $nomor);
    }

    function ubahStatus($pengguna, $sandi, $nomor, $status, $alasan) {
        $this->masuk($pengguna, $sandi);
        $lama = $this->ada($nomor);
        $ke = array_search((int) $status, KODE, true);
        if ($ke === false) return $this->hasil('0', 'status tidak dikenal', $nomor);
        if ($lama['status'] === 'SELESAI') return $this->hasil('0', 'aduan sudah selesai', $nomor);
        $this->buku->ubah($nomor, ['status' => $ke, 'alasan' => $alasan === '' ? null : $alasan]);
        return $this->hasil('1', 'tersimpan', $nomor);
    }

    function tautkanLapor($pengguna, $sandi, $nomor, $nomor_lapor) {
        $this->masuk($pengguna, $sandi);
        $this->ada($nomor);
        if (!ctype_digit((string) $nomor_lapor)) return $this->hasil('0', 'nomor LAPOR harus angka', $nomor);
        $this->buku->ubah($nomor, ['nomor_lapor' => (string) $nomor_lapor]);
        return $this->hasil('1', 'tersimpan', $nomor);
    }

    function tambahTindakLanjut($pengguna, $sandi, $nomor, $isi) {
        $this->masuk($pengguna, $sandi);
        $this->ada($nomor);
        return $this->hasil('1', 'tersimpan', $this->buku->tindak_lanjut($nomor, $isi, $pengguna));
    }

    function cariLapor($pengguna, $sandi, $nomor_lapor) {
        $this->masuk($pengguna, $sandi);
        return array_map([$this, 'tulis'], $this->buku->dengan_lapor($nomor_lapor));
    }

    function getStatus($pengguna, $sandi) {
        $this->masuk($pengguna, $sandi);
        $nama = ['Baru', 'Verifikasi', 'Proses', 'Selesai', 'Bukan wewenang'];
        return array_map(fn($k, $n) => ['kode' => $k, 'nama' => $n], array_values(KODE), $nama);
    }

    private function masuk($pengguna, $sandi) {
        if ($pengguna !== 'hub' || $sandi !== getenv('HUB_TEST_PASSWORD'))
            throw new SoapFault('Client', 'pengguna atau sandi salah');
    }

    private function ada($nomor) {
        $a = $this->buku->ambil($nomor);
        if (!$a) throw new SoapFault('Client', 'data tidak ditemukan');
        return $a;
    }

    private function hasil($respon, $pesan, $nomor) { return ['respon' => $respon, 'pesan' => $pesan, 'nomor' => $nomor]; }

    private function tulis($a) {
        return ['nomor' => $a['nomor'], 'judul' => $a['judul'], 'isi' => $a['isi'], 'nama_pelapor' => $a['nama'] ?? '-',
            'telepon' => $a['telepon'] ?? '-', 'anonim' => $a['anonim'] ? 1 : 0, 'rahasia' => $a['rahasia'] ? 1 : 0,
            'status' => KODE[$a['status']], 'alasan' => $a['alasan'] ?? '', 'nomor_lapor' => $a['nomor_lapor'] ?? '',
            'tanggal' => $this->waktu($a['dibuat']), 'tanggal_ubah' => $this->waktu($a['diubah']),
            'tindak_lanjut' => array_map(fn($t) => ['id' => $t['id'], 'waktu' => $this->waktu($t['waktu']),
                'petugas' => $t['petugas'], 'isi' => $t['isi']], $a['tindak_lanjut'])];
    }

    private function waktu($iso) { return date('d-m-Y H:i:s', strtotime($iso)); }
}

layani(__DIR__ . '/rpcenc.wsdl', 'ELapor');
