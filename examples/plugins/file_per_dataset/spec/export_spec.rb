# frozen_string_literal: true

require "json"
require "tmpdir"

require_relative "../backends/sync/file_per_dataset/export"
require_relative "../backends/sync/file_per_dataset/sync"

RSpec.describe FilePerDataset::Export do
  around { |example| Dir.mktmpdir { |folder| (@folder = folder) && example.run } }

  def dataset(id, *entries)
    double("dataset", record: double("record", id: id, name: "Set #{id}"), entries: entries)
  end

  def entry(id, annotations)
    double("entry", record: double("record", id: id, name: "#{id}.png"), annotations: annotations)
  end

  def content(file)
    JSON.parse(File.read(File.join(@folder, file)))
  end

  it "writes a file for each dataset and one about all" do
    shape = double("annotation", record: double("record", id: "a", dimensions: { type: "x" }, annotation: {}))
    datasets = [dataset("d1", entry("e1", [shape, shape]), entry("e2", [])), dataset("d2")]
    described_class.new.export(double("context", datasets: datasets, io: double("io", directory: @folder)))
    expect(Dir.children(@folder).sort).to eq(%w[dataset_1.json dataset_2.json summary.json])
    expect(content("dataset_1.json")["entries"].map { |found| found["id"] }).to eq(%w[e1 e2])
    expect(content("summary.json")).to eq(
      [{ "file" => "dataset_1.json", "name" => "Set d1", "entries" => 2, "annotations" => 2 },
       { "file" => "dataset_2.json", "name" => "Set d2", "entries" => 0, "annotations" => 0 }]
    )
  end

  it "is registered for its modalities" do
    context = double("plugin context")
    expect(context).to receive(:register_exports).with(/\Aidah-/, described_class)
    FilePerDataset::Sync.init(context)
  end
end
