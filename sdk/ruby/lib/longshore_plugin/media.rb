# frozen_string_literal: true

require "fileutils"
require "pathname"

module LongshorePlugin
  # One file of an entry: the original, or what was made of it.
  class Media
    include Recorded

    TYPE = "medias"

    def initialize(host, read)
      @host = host
      # The host is asked with the record as it came, for only it knows what of it leads to the file.
      @read = read.dup
      @record = Record.new(TYPE, read)
    end

    alias media record

    # The file's bytes; with `to`, the path that they were given, and they never are in memory. Where there is a file
    # already, that path differs from the one that was asked for.
    def download(to: nil)
      to ? fetch_to(File.expand_path(to)) : read
    end

    private

    def read
      path = fetch(nil)
      File.binread(path)
    ensure
      discard(path) if path
    end

    def fetch_to(path)
      FileUtils.mkdir_p(File.dirname(path))
      below = Pathname(path).relative_path_from(@host.workdir).to_s
      if below.start_with?("..")
        fetched = fetch(nil)
        FileUtils.mv(fetched, path)
        discard(fetched)
        path
      else
        fetch(below)
      end
    end

    # Nobody else knows of the name of a file without a `to`, nor of a folder that was made for it.
    def discard(path)
      FileUtils.rm_f(path)
      folder = File.dirname(path)
      Dir.rmdir(folder) unless folder == @host.workdir
    rescue SystemCallError
      # What cannot be deleted now goes with the work directory.
    end

    def fetch(to)
      File.expand_path(@host.ask("download", media: @read, to: to).value.fetch(:path), @host.workdir)
    end
  end
end
