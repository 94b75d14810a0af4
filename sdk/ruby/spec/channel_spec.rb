# frozen_string_literal: true

RSpec.describe LongshorePlugin::Channel do
  let(:from_host) { IO.pipe }
  let(:to_host) { IO.pipe }
  let(:channel) { described_class.new(from_host.first, to_host.last) }

  def answer(text)
    from_host.last.write("#{text}\n")
  end

  it "takes answers in any order, and however they are written" do
    channel.listen { nil }
    first, second = Array.new(2) { channel.ask("dataset", dataset_id: "d") }
    expect(Array.new(2) { JSON.parse(to_host.first.gets)["id"] }).to eq([1, 2])
    expect(first).not_to be_ready
    answer('{ "ok": {"id": "two"}, "id": 2 }')
    answer('{"id":1,"err":{"code":"not_found","message":"gone"}}')
    expect(second.value).to eq(id: "two")
    expect { first.value }.to raise_error(LongshorePlugin::Refused, "dataset: gone") { |error| expect(error.code).to eq("not_found") }
  end

  it "has no more requests on their way than a host takes" do
    channel.listen { nil }
    asking = Thread.new { Array.new(17) { channel.ask("dataset") } }
    16.times { to_host.first.gets }
    Thread.pass until asking.status == "sleep"
    expect { to_host.first.read_nonblock(1) }.to raise_error(IO::WaitReadable)
    answer('{"id":3,"ok":null}')
    expect(JSON.parse(to_host.first.gets)["id"]).to eq(17)
    expect(asking.value[2].value).to be_nil
  end

  it "says once that the host is gone, and what was no JSON" do
    ended = Thread::Queue.new
    allow(channel).to receive(:warn)
    channel.listen { ended << true }
    answer("garbage")
    expect(ended.pop).to be(true)
    expect(channel).to have_received(:warn).with(/the host's descriptor/)
  end

  it "stops whoever tells something to a host that is gone" do
    to_host.first.close
    expect { channel.tell("alive") }.to raise_error(LongshorePlugin::Stopped)
  end
end
