import java.io.*;
import java.util.zip.*;
import org.apache.commons.compress.archivers.tar.*;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/** Prints CRC-32, length and path of each member, with every reader's default settings. */
class Untar {
    public static void main(String[] arguments) throws Exception {
        var out = new PrintStream(System.out, true, "UTF-8");
        try (var tar = new TarArchiveInputStream(decoded(arguments[0], arguments[1]), "UTF-8")) {
            for (var entry = tar.getNextTarEntry(); entry != null; entry = tar.getNextTarEntry()) {
                var crc32 = new CRC32();
                var buffer = new byte[1 << 16];
                for (int count; (count = tar.read(buffer)) >= 0;) crc32.update(buffer, 0, count);
                out.printf("%08x %d %s\n", crc32.getValue(), entry.getSize(), entry.getName());
            }
        }
    }

    private static InputStream decoded(String coding, String path) throws IOException {
        var file = new BufferedInputStream(new FileInputStream(path));
        return switch (coding) {
            case "gz" -> new GzipCompressorInputStream(file);
            case "bz2" -> new BZip2CompressorInputStream(file);
            default -> file;
        };
    }
}
