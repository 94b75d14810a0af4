# frozen_string_literal: true

require "fileutils"

module LongshorePlugin
  # Where an exporter writes: one file, or one folder, and not both.
  class IoContext
    # `:file`, `:dir`, or nil as long as nothing is asked for.
    attr_reader :mode

    def initialize(workdir)
      @workdir = workdir
    end

    # The same file each time.
    def file(format: "json")
      use(:file)
      @file ||= OutputFile.new(File.join(@workdir, "idah-export-0.#{format.to_s.delete_prefix('.')}"))
    end

    # A file that the exporter made itself, opened or as a path.
    def file=(file)
      use(:file)
      @file = file
    end

    # The same folder each time, as a path.
    def directory
      use(:dir)
      @directory ||= File.join(@workdir, "idah-export").tap { |folder| FileUtils.mkdir_p(folder) }
    end

    # The path of a ZIP file of the folder. The folder is the result nevertheless; the host packs it as the export asks.
    def zip_directory
      Zip.write(directory, "#{directory}.zip")
    end

    # Nothing is deleted before the host has it, and then all of the work directory is.
    def cleanup = nil

    # What the host is told of. What lies elsewhere is brought to where it looks.
    def output
      case @mode
      when :file then { mode: "file", path: within(written) }
      when :dir then { mode: "directory", path: @directory }
      else { mode: "none", path: nil }
      end
    end

    private

    def use(mode)
      raise "IoContext is already initialized with #{@mode} mode" if @mode && @mode != mode

      @mode = mode
    end

    def written
      return File.expand_path(@file.to_s) unless @file.respond_to?(:path)

      @file.flush if @file.respond_to?(:flush) && !(@file.respond_to?(:closed?) && @file.closed?)
      raise missing("the file of `io.file=`") unless @file.path

      File.expand_path(@file.path)
    end

    def within(path)
      raise missing(path) unless File.file?(path)
      return path if File.realpath(path).start_with?("#{File.realpath(@workdir)}/")

      kept = File.join(@workdir, "outside")
      FileUtils.mkdir_p(kept)
      FileUtils.cp(path, kept)
      File.join(kept, File.basename(path))
    end

    def missing(place)
      Fault.new("output_missing", "there is no such file", place: place, hint: "leave it until the export is done")
    end
  end
end
