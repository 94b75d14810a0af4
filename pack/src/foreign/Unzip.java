import java.io.*;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.zip.*;

/**
 * Prints CRC-32, length and path of each member, read from the front with the reader's default settings. What a
 * local header says must be what follows it.
 */
class Unzip {
    public static void main(String[] arguments) throws Exception {
        var out = new PrintStream(System.out, false, "UTF-8");
        var file = new BufferedInputStream(new FileInputStream(arguments[0]));
        try (var zip = new ZipArchiveInputStream(file)) {
            var buffer = new byte[1 << 16];
            for (var next = zip.getNextEntry(); next != null; next = zip.getNextEntry()) {
                var entry = (ZipArchiveEntry) next;
                var name = entry.getName();
                if (!zip.canReadEntryData(entry)) throw new IOException(name + " cannot be read");
                var told = new long[] {entry.getSize(), entry.getCrc()};
                var crc32 = new CRC32();
                long length = 0;
                for (int count; (count = zip.read(buffer)) >= 0; length += count) crc32.update(buffer, 0, count);
                // A length of -1 is in a data descriptor, which none of ours has.
                if (told[0] != length || told[1] != crc32.getValue()) throw new IOException(name + " differs");
                out.printf("%08x %d %s\n", crc32.getValue(), length, name);
            }
        }
        out.flush();
    }
}
