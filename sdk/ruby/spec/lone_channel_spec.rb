# frozen_string_literal: true

RSpec.describe LongshorePlugin::LoneChannel do
  let(:from_host) { IO.pipe }
  let(:to_host) { IO.pipe }
  let(:channel) { described_class.new(from_host.first, to_host.last) }

  def answer(text)
    from_host.last.write("#{text}\n")
  end

  it "takes answers when they are wanted, in the thread that wants them" do
    first, second = Array.new(2) { channel.ask("dataset", dataset_id: "d") }
    answer('{"id":1,"ok":{"id":"one"}}')
    answer('{"id":2,"err":{"code":"not_found","message":"gone"}}')
    expect(first).not_to be_ready
    expect { second.value }.to raise_error(LongshorePlugin::Refused, "dataset: gone")
    expect(first).to be_ready
    expect(first.value).to eq(id: "one")
    expect(Thread.list.length).to eq(1)
  end

  it "takes answers before it asks for more than a host takes" do
    16.times { channel.ask("dataset") }
    answer('{"id":1,"ok":null}')
    channel.ask("dataset")
    expect(Array.new(17) { JSON.parse(to_host.first.gets)["id"] }).to eq((1..17).to_a)
  end

  it "stops who waits for a host that is gone or wants an end" do
    waiting = channel.ask("dataset")
    answer('{"quit":true}')
    expect { waiting.value }.to raise_error(LongshorePlugin::Stopped)
    from_host.last.close
    expect { waiting.value }.to raise_error(LongshorePlugin::Stopped)
  end
end

RSpec.describe "the runtime without threads" do
  let(:memory) { LongshorePlugin::Spec::Memory.new(Sample.datasets, @folder) }

  def run(exporter) = ReferenceHost.run(memory, "Pictures::Sync::#{exporter}", exe: ReferenceHost::WASM)

  it "runs an exporter as it is" do
    host = run("Export")
    expect(host.done).to include(status: "completed", error: nil, output: { mode: "file", path: "#{memory.workdir}/idah-export-0.json" })
    expect(JSON.parse(File.read(host.done[:output][:path])).map { |dataset| dataset["entries"].length }).to eq([5, 1])
    expect(host.status.exitstatus).to eq(0)
    expect(host.events.first).to eq(ev: "ready")
  end

  it "starts no programs, and says so" do
    host = run("Folder")
    expect(host.done).to include(status: "errored", error: /no programs can be started/)
    expect(host.errors).to include('{"ev":"done","status":"errored"}')
  end
end
