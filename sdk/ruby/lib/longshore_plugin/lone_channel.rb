# frozen_string_literal: true

module LongshorePlugin
  # The channel where there are no threads, as in WebAssembly: whoever waits for an answer reads until it is there.
  #
  # That the host wants an end is seen by whoever asks it for something; who asks for nothing more is ended by it.
  class LoneChannel < Channel
    # Nobody listens while an exporter works.
    def listen; end

    private

    def answer_to(operation)
      Answer.new(operation) { take_next }
    end

    def enlist(answer)
      take_next while @waiting.length >= MOST_ASKED
      super
    end

    def take_next
      line = @input.gets
      raise Stopped if line.nil? || take(line) == :quit
    end
  end
end
