# frozen_string_literal: true

module LongshorePlugin
  # What the host will answer to a request that is already on its way.
  #
  # Holds the line as it came until somebody wants it: pages that are read ahead cost their text and no objects.
  class Answer
    def initialize(operation)
      @operation = operation
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
      @taken ||= JSON.parse(@line.pop, symbolize_names: true)
      raise Refused.new(@operation, @taken[:err]) if @taken[:err]

      @taken[:ok]
    end
  end
end
