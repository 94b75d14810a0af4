# frozen_string_literal: true

RSpec.describe LongshorePlugin::Context do
  let(:memory) { LongshorePlugin::Spec::Memory.new(Sample.datasets, @folder) }
  let(:context) { described_class.new(memory, run) }
  let(:run) { { dataset_ids: memory.ids, options: { api_key: "k", nested: { deep: 1 } }, run_id: "r1", attempt: 2, shard: shard } }
  let(:shard) { nil }

  def progress
    memory.told.filter_map { |event| event[:value] if event[:ev] == "progress" }
  end

  it "has options with symbols as keys" do
    expect(context.options[:api_key]).to eq("k")
    expect(context.options["nested"]["deep"]).to eq(1)
    expect(context.options.keys).to eq(%i[api_key nested])
    expect([context.run_id, context.attempt]).to eq(["r1", 2])
  end

  it "goes through datasets anew each time, and its progress follows" do
    seen = context.datasets.each { |dataset| dataset }.map { |dataset| [dataset.record.name, progress.last] }
    expect(seen.map(&:first)).to eq(%w[Cats Dogs])
    expect(progress).to eq([0.5, 1.0, 0.5, 1.0])
  end

  it "asks for one dataset after the other" do
    expect(context.datasets.first.id).to eq("d1")
    expect(context.datasets.size).to eq(2)
    expect(context.datasets[1].id).to eq("d2")
    expect(context.datasets.to_json).to include('"name":"Dogs"')
  end

  it "takes progress within its bounds, and tells of steps that can be seen" do
    [0.0004, 0.2, 0.2004, 7, -1, Float::NAN].each { |part| context.progress = part }
    expect(progress).to eq([0.2, 1.0, 0.0])
  end

  it "numbers all datasets from 0" do
    numbers = [context.datasets.each_with_index.to_a, context.datasets.each.with_index.to_a, context.datasets.map.with_index { |d, i| [d, i] }]
    expect(numbers.map { |pairs| pairs.map(&:last) }).to all(eq([0, 1]))
  end

  describe "for a part" do
    let(:shard) { { dataset_id: "d2", index: 1, offset: 1 } }

    def numbers
      datasets = -> { context.datasets }
      [datasets.call.each_with_index.map { |_, index| index }, datasets.call.each.with_index(10).map { |_, index| index - 10 },
       datasets.call.map.with_index { |_, index| index }, datasets.call.with_index.map { |_, index| index },
       [].tap { |seen| datasets.call.each_with_index { |_, index| seen << index } },
       datasets.call.each_with_index.select { true }.map(&:last)].flatten
    end

    it "goes through that dataset alone, and knows of all" do
      expect(context.datasets.map(&:id)).to eq(["d2"])
      expect(context.datasets.size).to eq(1)
      expect(context.dataset_ids).to eq(%w[d1 d2])
      expect(progress).to eq([1.0])
    end

    it "numbers it by its place among all where it writes a folder, or nothing yet" do
      expect(numbers).to eq([1] * 6)
      context.io.directory
      expect(numbers).to eq([1] * 6)
    end

    it "numbers it as the exporter declares, wherever it writes" do
      first = LongshorePlugin::Shard.of(shard).method(:first_index)
      expect([first.call(nil, :json_array), first.call(:dir, "jsonl"), first.call(:file, "zip"), first.call(:file, nil)]).to eq([0, 0, 1, 0])
    end

    it "numbers it anew where it writes a file" do
      context.io.file
      expect(numbers).to eq([0] * 6)
    end
  end
end

RSpec.describe LongshorePlugin::Outcome do
  def outcome(**options, &export)
    exporter = Class.new { define_method(:export, &export) }
    LongshorePlugin::Spec.run(exporter, datasets: Sample.datasets, workdir: @folder, options: options)
  end

  it "is an error that was announced, although an error followed" do
    ran = outcome { |context| Thread.new { Thread.current.report_on_exception = false; context.error!("no key") }.join }
    expect([ran.status, ran.error]).to eq(["errored", "no key"])
  end

  it "runs what must be done at the end" do
    ended = false
    ran = outcome do |context|
      context.error!(ArgumentError.new("bad option"))
    ensure
      ended = true
    end
    expect([ran.status, ran.error, ended]).to eq(["errored", "bad option", true])
  end

  it "is what was raised, or when to try again" do
    expect(outcome { |_| raise "lost" }).to have_attributes(status: "errored", error: "lost (RuntimeError)", mode: "none")
    expect(outcome { |context| context.reschedule!(after: 10) }).to have_attributes(status: "rescheduled", after_seconds: 10.0)
  end

  it "is no crash when memory or the stack is used up" do
    expect(outcome { |_| raise NoMemoryError, "failed to allocate" }.error).to eq("failed to allocate (NoMemoryError)")
    deep = ->(n) { deep.call(n + 1) + 1 }
    ran = outcome { |_| deep.call(0) }
    expect(ran.error).to include("SystemStackError")
    # A line of the protocol has at most 1 MiB, whatever folder the exporter is in.
    expect([ran.backtrace.length, ran.backtrace[100]]).to match([201, /\A… \d+ more …\z/])
  end
end
