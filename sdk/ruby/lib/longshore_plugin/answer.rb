# frozen_string_literal: true

module LongshorePlugin
  # What the host will answer to a request that is already on its way.
  #
  # Holds the line as it came until somebody wants it: pages that are read ahead cost their text and no objects.
  class Answer
    # The block takes the host's next line, where no thread does that meanwhile.
    def initialize(operation, &take_next)
      @operation = operation
      @take_next = take_next
      @line = Thread::Queue.new
    end

    def deliver(line)
      @line << line
    end

    # Whether asking for the value would wait.
    def ready?
      @taken || !@line.empty?
    end

    def value
      @taken ||= JSON.parse(awaited, symbolize_names: true)
      raise Refused.new(@operation, @taken[:err]) if @taken[:err]

      @taken[:ok]
    end

    private

    def awaited
      @take_next.call while @take_next && @line.empty?
      @line.pop
    end
  end
end
