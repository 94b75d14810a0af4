# frozen_string_literal: true

require "json"
require "stringio"

require_relative "../backends/sync/large_array/export"
require_relative "../backends/sync/large_array/sync"

RSpec.describe LargeArray::Export do
  let(:file) { StringIO.new }

  def dataset(name, *ids)
    entries = ids.map do |id|
      double("entry", record: double("record", id: id, name: "#{id}.png"), annotations: [])
    end
    double("dataset", record: double("record", name: name), entries: entries)
  end

  def exported(*datasets)
    described_class.new.export(double("context", datasets: datasets, io: double("io", file: file)))
    JSON.parse(file.string)
  end

  it "writes one array over all datasets" do
    expect(exported(dataset("A", "e1", "e2"), dataset("B"), dataset("C", "e3")).map { |found| found["id"] })
      .to eq(%w[e1 e2 e3])
    expect(file.string.lines.size).to eq(5)
  end

  it "writes an array also where there are no entries" do
    expect(exported(dataset("A"))).to eq([])
  end

  it "is registered for its modalities" do
    context = double("plugin context")
    expect(context).to receive(:register_exports).with(/\Aidah-/, described_class)
    LargeArray::Sync.init(context)
  end
end
