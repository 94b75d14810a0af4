# frozen_string_literal: true

module LongshorePlugin
  # The datasets of an export, one at a time; the next is asked for while one is worked on. Progress follows them.
  class Datasets < Collection
    # `first_index` is asked when a numbering begins. The block gets what part is done after each.
    def initialize(host, ids, first_index, &progress)
      super()
      @host = host
      @ids = ids
      @first_index = first_index
      @progress = progress
    end

    def size
      @ids.length
    end

    def each
      return numbered(:each) unless block_given?

      following = ask(0)
      @ids.each_index do |place|
        answer = following
        following = ask(place + 1)
        yield open(answer, @ids[place])
        @progress.call((place + 1).fdiv(size))
      end
      self
    end

    def each_with_index
      return numbered(:each_with_index) unless block_given?

      index = @first_index.call - 1
      each { |dataset| yield dataset, index += 1 }
    end

    # Those that are followed by `.with_index` number as `each_with_index` does.
    %i[map collect flat_map collect_concat select filter filter_map reject].each do |name|
      define_method(name) { |&block| block ? super(&block) : numbered(name) }
    end

    # An enumerator of datasets whose numbers begin where this part's do.
    class Numbered < Enumerator
      def self.of(datasets, name, first_index)
        numbered = new(datasets.size) { |yielder| datasets.public_send(name) { |*given| yielder.yield(*given) } }
        numbered.instance_exec { @datasets, @name, @first_index = datasets, name, first_index }
        numbered
      end

      def with_index(from = 0)
        return to_enum(:with_index, from) { size } unless block_given?

        index = (from || 0) + @first_index.call - 1
        @datasets.public_send(@name) { |*given| yield(*(given.length == 1 ? given : [given]), index += 1) }
      end

      def each_with_index(&block)
        with_index(0, &block)
      end
    end

    private

    def numbered(name)
      Numbered.of(self, name, @first_index)
    end

    def ask(place)
      @host.ask("dataset", dataset_id: @ids[place]) if place < size
    end

    def open(answer, id)
      read = answer.value or raise Fault.new("dataset_missing", "the source has no such dataset", place: id)
      Dataset.new(@host, read)
    end
  end
end
