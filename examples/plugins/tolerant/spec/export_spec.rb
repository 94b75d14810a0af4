# frozen_string_literal: true

require "json"
require "tmpdir"

require_relative "../backends/sync/tolerant/export"
require_relative "../backends/sync/tolerant/sync"

RSpec.describe Tolerant::Export do
  around { |example| Dir.mktmpdir { |folder| (@folder = folder) && example.run } }

  let(:logger) { double("logger", error: nil) }

  before { stub_const("Verse", double("Verse", logger: logger)) }

  def dataset(id)
    entries = [double("entry", record: double("record", id: "e-#{id}", name: "a.png"))]
    double("dataset", record: double("record", id: id), entries: entries)
  end

  def broken(id)
    entries = Enumerator.new do |out|
      out << double("entry", record: double("record", id: "e-#{id}", name: "a.png"))
      raise "page 2 is gone"
    end
    double("dataset", record: double("record", id: id), entries: entries)
  end

  def export(*datasets)
    context = double("context", datasets: datasets, io: double("io", directory: @folder),
                                dataset_ids: datasets.map { |dataset| dataset.record.id })
    allow(context).to receive(:error!) { |message| throw :stop, message }
    catch(:stop) do
      described_class.new.export(context)
      Dir.children(@folder).sort
    end
  end

  def errors
    JSON.parse(File.read(File.join(@folder, "errors.json")))
  end

  it "goes on after a dataset that fails" do
    expect(logger).to receive(:error) { |&message| expect(message.call).to eq("dataset d2: page 2 is gone") }
    expect(export(dataset("d1"), broken("d2"), dataset("d3"))).to eq(%w[d1.jsonl d3.jsonl errors.json])
    expect(errors).to eq([{ "dataset" => "d2", "message" => "page 2 is gone" }])
  end

  it "fails where nothing is left" do
    expect(export(broken("d1"), broken("d2"))).to eq("all datasets failed, the first: page 2 is gone")
  end

  it "needs no logger" do
    stub_const("Verse", double("Verse", logger: nil))
    expect(export(dataset("d1"), broken("d2"))).to eq(%w[d1.jsonl errors.json])
  end

  it "has nothing to tell of no datasets" do
    expect(export).to eq(%w[errors.json])
    expect(errors).to eq([])
  end

  it "is registered for its modalities" do
    context = double("plugin context")
    expect(context).to receive(:register_exports).with(/\Aidah-/, described_class)
    Tolerant::Sync.init(context)
  end
end
