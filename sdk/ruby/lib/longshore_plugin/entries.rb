# frozen_string_literal: true

module LongshorePlugin
  # The entries of a dataset, page by page. While an exporter works on one page, the next is on its way, and with it
  # whatever the exporter asked for of this one.
  class Entries < Collection
    # With no more that lasts than this, in objects, garbage is collected after each full page: it takes a few
    # milliseconds, and memory stays at half of what it is without. An exporter that keeps everything would wait for it.
    FEW_OBJECTS = 300_000

    def initialize(host, dataset_id, filter)
      super()
      @host = host
      @dataset_id = dataset_id
      @filter = filter
    end

    def each(&block)
      return to_enum(:each) { size } unless block
      return @all.each(&block) && self if @all

      habits = {}
      page = open(ask(nil), habits, nil)
      while page
        answer = ask(page.last_id)
        following = nil
        page.entries.each do |entry|
          # Once the next page is here and it is known what of it will be wanted, that is asked for too.
          following ||= open(answer, habits, page) if answer.ready? && habits.any?
          yield entry
        end
        is_full = page.entries.length == Page::LARGEST
        page = following || open(answer, habits, page)
        collect_garbage if is_full
      end
      self
    end

    def size
      return @all.length if @all

      @size ||= count
    end

    private

    def ask(after)
      @host.ask("entries", dataset_id: @dataset_id, filter: @filter, after: after)
    end

    # Nil where there are no more. A short page says nothing: a host may have reasons of its own for it.
    def open(answer, habits, before)
      read = answer.value
      return if read.empty?

      page = Page.new(@host, read, habits)
      raise repeated if page.last_id == before&.last_id

      page.tap(&:prefetch)
    end

    def collect_garbage
      GC.start if GC.stat(:old_objects) < FEW_OBJECTS
    end

    def repeated
      Fault.new("page_repeated", "the host answers the same page again", place: "entries of #{@dataset_id}")
    end
  end
end
