# frozen_string_literal: true

RSpec.describe LongshorePlugin::Log do
  let(:lines) { [] }
  let(:log) { described_class.new { |level, message| lines << [level, message] } }

  it "takes a message, a block, or both" do
    log.info("one")
    log.warn { "two" }
    log.error("who") { "three" }
    log << "four\n"
    log.add(2, "five")
    log.fatal(:six)
    log.info(nil)
    expect(lines).to eq([%w[info one], %w[warn two], ["error", "who: three"], %w[info four], %w[warn five], %w[fatal :six], %w[info nil]])
  end

  it "leaves out what is below its level, and does not make it" do
    log.debug { raise "made" }
    expect(log.debug?).to be(false)
    log.level = :debug
    log.debug("seen")
    log.level = "error"
    log.warn("unseen")
    expect(lines).to eq([%w[debug seen]])
    expect { log.level = "loud" }.to raise_error(ArgumentError)
  end

  it "tells of an error with its place" do
    begin
      raise "broken"
    rescue RuntimeError => error
      log.error(error)
    end
    expect(lines.first.last).to match(/\Abroken \(RuntimeError\)\n.*log_spec/)
  end

  it "makes text of any bytes, and of no more than a host should hold" do
    log.info("\xff".b)
    log.info("ä".encode("ISO-8859-1"))
    log.info("x" * 100_000)
    expect(lines.map(&:last).first(2)).to eq(["\u{fffd}", "ä"])
    expect(lines.last.last.length).to be < 17_000
  end

  it "is what exporters know as Verse's" do
    expect(Verse.logger).to be(described_class.current)
    expect(Verse::Schema.empty.to_h).to eq({})
  end
end

RSpec.describe LongshorePlugin::Heartbeat do
  it "beats while this process runs" do
    beats = Thread::Queue.new
    channel = Class.new { define_method(:tell) { |event| beats << event } }.new
    thread = described_class.start(channel, 0.001)
    expect(Array.new(3) { beats.pop }).to eq(["alive"] * 3)
  ensure
    thread.kill
  end
end
