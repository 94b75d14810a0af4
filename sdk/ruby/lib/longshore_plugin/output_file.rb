# frozen_string_literal: true

module LongshorePlugin
  # A file as `Tempfile` is one, which stays when it is deleted: the host takes it when the exporter is done.
  class OutputFile < File
    def initialize(path)
      super(path, "w+", encoding: Encoding::UTF_8)
    end

    def open
      reopen(path, "r+")
    end

    def close(_delete = false)
      super()
    end

    def close!
      close
    end

    def unlink = nil
    alias delete unlink

    def length
      closed? ? File.size(path) : size
    end
  end
end
