# frozen_string_literal: true

module LongshorePlugin
  # One entry of a dataset, such as a picture. Its annotations and media come with those of its whole page.
  class Entry
    include Recorded

    TYPE = "entries"

    def initialize(page, position, read)
      @page = page
      @position = position
      @record = Record.new(TYPE, read)
    end

    alias entry record

    def annotations(filter = nil, **fields)
      @page.related(Annotation, (filter || {}).to_h.merge(fields), @position)
    end

    def medias(filter = nil, **fields)
      @page.related(Media, (filter || {}).to_h.merge(fields), @position)
    end
  end
end
