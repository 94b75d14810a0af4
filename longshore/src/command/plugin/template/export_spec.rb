# frozen_string_literal: true

require "json"
require "stringio"

require_relative "../backends/sync/{{folder}}/export"
require_relative "../backends/sync/{{folder}}/sync"

RSpec.describe {{module}}::Export do
  let(:file) { StringIO.new }

  def annotation(id)
    double("annotation", record: double("record", id: id, dimensions: { type: "point" }, annotation: {}))
  end

  def entry(id, *annotations)
    double("entry", record: double("record", id: id, name: "#{id}.png"), annotations: annotations)
  end

  def dataset(name, *entries)
    double("dataset", record: double("record", name: name), entries: entries)
  end

  def exported(*datasets)
    described_class.new.export(double("context", datasets: datasets, io: double("io", file: file)))
    JSON.parse(file.string)
  end

  it "writes one array over all datasets" do
    found = exported(dataset("A", entry("e1", annotation("a1")), entry("e2")), dataset("B", entry("e3")))
    expect(found.map { |item| item["id"] }).to eq(%w[e1 e2 e3])
    expect(found.first["annotations"]).to eq([{ "id" => "a1", "dimensions" => { "type" => "point" }, "value" => {} }])
  end

  it "writes an array also where there are no entries" do
    expect(exported(dataset("A"))).to eq([])
  end

  it "is registered for its modalities" do
    context = double("plugin context")
    expect(context).to receive(:register_exports).with(/\Aidah-/, described_class)
    {{module}}::Sync.init(context)
  end
end
