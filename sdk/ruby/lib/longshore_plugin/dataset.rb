# frozen_string_literal: true

module LongshorePlugin
  # One dataset of an export.
  class Dataset
    include Recorded

    TYPE = "datasets"

    def initialize(host, read)
      @host = host
      @record = Record.new(TYPE, read)
    end

    alias dataset record

    # Those that the filter lets through; fields are given as a hash or by name.
    def entries(filter = nil, **fields)
      Entries.new(@host, id.to_s, (filter || {}).to_h.merge(fields))
    end
  end
end
