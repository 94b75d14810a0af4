# frozen_string_literal: true

require "zlib"

module LongshorePlugin
  # A folder as a ZIP file: deflated, in the order of the names, and with no times, so that the same files give the same bytes.
  class Zip
    CHUNK_BYTES = 65_536
    FLAGS = 0x0800 # names are UTF-8
    DEFLATED = 8
    STORED = 0
    # 1 January 1980, the first day that the format knows.
    DAY = 0x0021
    VERSION = 45
    # From here on, lengths and places are told by fields of 64 bits; with room to spare, for deflated may be longer.
    LARGE = 0xf000_0000
    ABSENT = 0xffff_ffff

    Member = Struct.new(:name, :checksum, :packed, :length, :place, :method, :mode, :large)

    # Names that begin with a dot are left out, and folders are members too.
    def self.write(folder, path)
      File.open(path, "wb") { |out| new(out).write(folder) }
      path
    end

    def initialize(out)
      @out = out
      @members = []
    end

    def write(folder)
      add(folder, "")
      place = @out.pos
      @members.each { |member| central(member) }
      ending(place, @out.pos - place)
    end

    private

    def add(folder, prefix)
      Dir.children(folder).sort.each do |name|
        next if name.start_with?(".")

        path = File.join(folder, name)
        if File.directory?(path)
          member = begin_member("#{prefix}#{name}/", STORED, 0o40755)
          local(member)
          add(path, "#{prefix}#{name}/")
        elsif File.file?(path)
          add_file(path, "#{prefix}#{name}")
        end
      end
    end

    def add_file(path, name)
      member = begin_member(name, DEFLATED, 0o100644)
      member.large = File.size(path) >= LARGE
      local(member)
      began = @out.pos
      deflate(path, member)
      ended = @out.pos
      member.packed = ended - began
      @out.seek(member.place)
      local(member)
      @out.seek(ended)
    end

    def begin_member(name, method, mode)
      Member.new(name.b, 0, 0, 0, @out.pos, method, mode).tap { |member| @members << member }
    end

    def deflate(path, member)
      deflater = Zlib::Deflate.new(Zlib::DEFAULT_COMPRESSION, -Zlib::MAX_WBITS)
      length = 0
      File.open(path, "rb") do |file|
        while (chunk = file.read(CHUNK_BYTES))
          member.checksum = Zlib.crc32(chunk, member.checksum)
          length += chunk.bytesize
          @out.write(deflater.deflate(chunk))
        end
      end
      @out.write(deflater.finish)
      member.length = length
    ensure
      deflater&.close
    end

    # Written before the contents, and once more when it is known what became of them; both are as long.
    def local(member)
      extra = member.large ? [1, 16, member.length, member.packed].pack("vvQ<Q<") : ""
      packed, length = member.large ? [ABSENT, ABSENT] : [member.packed, member.length]
      @out.write([0x04034b50, VERSION, FLAGS, member.method, 0, DAY, member.checksum, packed, length, member.name.bytesize,
                  extra.bytesize].pack("VvvvvvVVVvv"), member.name, extra)
    end

    def central(member)
      large = [member.length, member.packed, member.place].map { |number| number >= LARGE }
      values = [member.length, member.packed, member.place]
      wide = values.zip(large).filter_map { |value, is_large| value if is_large }
      extra = wide.empty? ? "" : [1, 8 * wide.length, *wide].pack("vvQ<*")
      length, packed, place = values.zip(large).map { |value, is_large| is_large ? ABSENT : value }
      @out.write([0x02014b50, 0x0300 | VERSION, VERSION, FLAGS, member.method, 0, DAY, member.checksum, packed, length,
                  member.name.bytesize, extra.bytesize, 0, 0, 0, member.mode << 16, place].pack("VvvvvvvVVVvvvvvVV"),
                 member.name, extra)
    end

    def ending(place, length)
      count = @members.length
      if count >= 0xffff || place >= LARGE
        at = @out.pos
        @out.write([0x06064b50, 44, VERSION, VERSION, 0, 0, count, count, length, place].pack("VQ<vvVVQ<Q<Q<Q<"))
        @out.write([0x07064b50, 0, at, 1].pack("VVQ<V"))
      end
      @out.write([0x06054b50, 0, 0, [count, 0xffff].min, [count, 0xffff].min, [length, ABSENT].min, place >= LARGE ? ABSENT : place, 0]
        .pack("VvvvvVVv"))
    end
  end
end
