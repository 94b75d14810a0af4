# frozen_string_literal: true

# A host in Ruby: starts the runtime as a worker does, answers it from memory, and keeps all that it tells.
#
# Reads and writes in threads of their own, so that neither side waits for the other with a full pipe.
class ReferenceHost
  EXE = File.expand_path("../../exe/longshore-plugin", __dir__)
  # As it is loaded where Ruby is WebAssembly.
  WASM = "#{EXE}-wasm".freeze

  attr_reader :events, :errors, :status, :asked

  def self.run(memory, exporter, folders: [File.join(FIXTURES, "plugins")], exe: EXE, **run, &told)
    order = { exporter: exporter, dataset_ids: memory.ids, options: {}, workdir: memory.workdir, shard: nil, attempt: 1, run_id: "r1" }
    new(memory, exe).tap { |host| host.speak({ v: 1, run: order.merge(run) }, folders, &told) }
  end

  def self.describe(folders, v: 1)
    new(nil).tap { |host| host.speak({ v: v, describe: true }, folders) }
  end

  def initialize(memory, exe = EXE)
    @memory = memory
    @exe = exe
    @events = []
    @asked = []
    @to_runner = Thread::Queue.new
  end

  # The block gets each event and this host.
  def speak(order, folders, &told)
    theirs_in, @ours_out = IO.pipe
    ours_in, theirs_out = IO.pipe
    errors_read, errors_write = IO.pipe
    from, to, others = @exe == WASM ? [:in, :out, {}] : [3, 4, { in: File::NULL, out: errors_write }]
    @process = Process.spawn(RbConfig.ruby, @exe, *folders, from => theirs_in, to => theirs_out, err: errors_write, **others)
    [theirs_in, theirs_out, errors_write].each(&:close)
    @to_runner << order
    writer = Thread.new { write }
    reader = Thread.new { @errors = errors_read.read }
    listen(ours_in, &told)
    @status = Process.wait2(@process).last
    @to_runner.close
    [writer, reader].each(&:join)
    self
  end

  def send(message)
    @to_runner << message
  end

  # As when a worker is killed.
  def vanish
    @to_runner.close
  end

  def of(event)
    @events.select { |one| one[:ev] == event }
  end

  def done
    of("done").first
  end

  private

  def listen(input)
    input.each_line do |line|
      message = JSON.parse(line, symbolize_names: true)
      if message[:op]
        @asked << message
        @to_runner << { id: message[:id], **@memory.answered(message[:op], message.reject { |key, _| %i[id op].include?(key) }) }
      else
        @events << message
        yield message, self if block_given?
      end
    end
  end

  def write
    while (message = @to_runner.pop)
      @ours_out.write(JSON.generate(message) << "\n")
      @ours_out.flush
    end
  rescue Errno::EPIPE
    # The runner has ended.
  ensure
    @ours_out.close
  end
end
