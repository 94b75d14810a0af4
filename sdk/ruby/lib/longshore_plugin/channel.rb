# frozen_string_literal: true

module LongshorePlugin
  # The two descriptors between host and runtime, a JSON document in each line.
  #
  # A thread of its own reads, so that the host never waits for a full pipe while this side writes. Programs that an
  # exporter starts do not have the descriptors, and a forked child is not heard.
  class Channel
    FROM_HOST = 3
    TO_HOST = 4
    # How the host's lines begin that answer a request; others are parsed to find out.
    ANSWER = /\A\{"id":(\d+)[,}]/
    # So many requests wait for answers at most; who wants more waits. The host takes a few, and an exporter may have threads.
    MOST_ASKED = 16

    def self.of_descriptors
      new(IO.for_fd(FROM_HOST, "r"), IO.for_fd(TO_HOST, "w"))
    rescue SystemCallError, ArgumentError
      raise Fault.new("no_host", "descriptors #{FROM_HOST} and #{TO_HOST} are not open",
                      hint: "a Longshore worker starts this; `longshore plugin test` runs a plugin by hand")
    end

    def initialize(input, output)
      @input = input.set_encoding(Encoding::UTF_8)
      @output = output.set_encoding(Encoding::UTF_8)
      @output.sync = true
      [@input, @output].each { |io| io.close_on_exec = true }
      @process = Process.pid
      # Two locks, for whoever writes may wait for the host, and answers must be taken meanwhile.
      @writing = Mutex.new
      @asking = Mutex.new
      @answered = ConditionVariable.new
      @waiting = {}
      @last_id = 0
    end

    # The host's first line: what this process is for.
    def order
      line = @input.gets or raise Stopped
      JSON.parse(line, symbolize_names: true)
    end

    # Takes answers from now on; the block runs once, when the host wants an end or is gone.
    def listen(&ended)
      @listener = Thread.new do
        while (line = @input.gets)
          break if take(line) == :quit
        end
      rescue StandardError => error
        warn("the host's descriptor: #{Text.of_exception(error)}")
      ensure
        ended.call
      end
    end

    def ask(operation, **parameters)
      answer = answer_to(operation)
      id = enlist(answer)
      @writing.synchronize { write(id: id, op: operation, **parameters) }
      answer
    end

    def tell(event, **fields)
      @writing.synchronize { write(ev: event, **fields) }
    end

    private

    def answer_to(operation)
      Answer.new(operation)
    end

    def enlist(answer)
      @asking.synchronize do
        await_an_answer while @waiting.length >= MOST_ASKED
        @waiting[@last_id += 1] = answer
        @last_id
      end
    end

    # Whoever calls this has the lock of those that wait.
    def await_an_answer
      @answered.wait(@asking)
    end

    def take(line)
      id = line[ANSWER, 1]&.to_i
      if id.nil?
        read = JSON.parse(line, symbolize_names: true)
        return :quit if read[:quit]

        id = read[:id]
      end
      answer = @asking.synchronize { @waiting.delete(id).tap { @answered.signal } }
      answer&.deliver(line)
    end

    def write(**message)
      return unless @process == Process.pid

      @output.write(JSON.generate(message) << "\n")
    rescue Errno::EPIPE
      raise Stopped, "the host is gone"
    end
  end
end
