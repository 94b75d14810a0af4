# frozen_string_literal: true

module LongshorePlugin
  # A file as `Tempfile` is one, which stays when it is deleted: the host takes it when the exporter is done.
  class OutputFile < File
    # Without an encoding of its own, so that bytes are written as they are, those of a picture as well; what is read is
    # taken for UTF-8 nevertheless, for that is what the process takes texts for.
    def initialize(path)
      super(path, "w+")
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
