# frozen_string_literal: true

module LongshorePlugin
  # At most 1,000 entries, and what belongs to them: whoever asks for the annotations of one gets those of all with it.
  class Page
    # The host takes no more entries in one request.
    LARGEST = 1000

    # Filters of one kind for which a page is loaded whole. An exporter with more makes one for each entry, and
    # every page would be read as often as it has entries.
    MOST_FILTERS = 8

    attr_reader :entries

    # `habits` are the kinds and filters that were asked for on pages before this one, and remembers those of this.
    def initialize(host, read, habits)
      @host = host
      @habits = habits
      @entries = read.each_with_index.map { |entry, position| Entry.new(self, position, entry) }
      @groups = {}
    end

    def last_id
      @entries.last.id.to_s
    end

    # Asks for what was used of the pages before, and waits for nothing.
    def prefetch
      @habits.each_key { |type, filter| load(type, filter) }
    end

    # The annotations or media of the entry at `position`.
    def related(type, filter, position)
      group = @groups[[type, filter]]
      return alone(type, filter, position) if group.nil? && @groups.count { |(kind, _), _| kind == type } >= MOST_FILTERS

      group ||= load(type, filter)
      groups = group[:made] ||= group[:answer].value
      made = groups.fetch(position)
      made.is_a?(Loaded) ? made : groups[position] = make(type, made)
    end

    private

    def load(type, filter)
      @habits[[type, filter]] = true if @habits.length < MOST_FILTERS
      @groups[[type, filter]] ||= { answer: ask(type, filter, @entries.map { |entry| entry.id.to_s }) }
    end

    def alone(type, filter, position)
      make(type, ask(type, filter, [@entries[position].id.to_s]).value.fetch(0))
    end

    def ask(type, filter, ids)
      @host.ask(type::TYPE, entry_ids: ids, filter: filter)
    end

    def make(type, read)
      Loaded.new(read.map { |one| type.new(@host, one) })
    end
  end
end
