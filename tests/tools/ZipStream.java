import java.io.BufferedInputStream;
import java.io.FileInputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Reads a whole ZIP archive from the front and prints CRC-32 and name of each entry. */
class ZipStream {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        byte[] buffer = new byte[1 << 16];
        try (ZipInputStream zip = new ZipInputStream(new BufferedInputStream(new FileInputStream(arguments[0])))) {
            for (ZipEntry entry; (entry = zip.getNextEntry()) != null;) {
                CRC32 crc = new CRC32();
                for (int length; (length = zip.read(buffer)) > 0;) {
                    crc.update(buffer, 0, length);
                }
                out.printf("%08x\t%s\n", crc.getValue(), entry.getName());
            }
        }
        out.flush();
    }
}
