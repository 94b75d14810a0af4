# frozen_string_literal: true

module LongshorePlugin
  # One annotation of an entry.
  class Annotation
    include Recorded

    TYPE = "annotations"

    def initialize(_host, read)
      @record = Record.new(TYPE, read)
    end

    # The record, as the older guide calls it; the field of this name is `record.annotation`.
    alias annotation record
  end
end
