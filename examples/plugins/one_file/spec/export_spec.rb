# frozen_string_literal: true

require "json"
require "stringio"

require_relative "../backends/sync/one_file/export"
require_relative "../backends/sync/one_file/sync"

RSpec.describe OneFile::Export do
  def record(**attributes)
    double("record", attributes: attributes.except(:id), **attributes)
  end

  let(:file) { StringIO.new }
  let(:media) { double("media", record: record(id: "m1", filename: "a.png")) }
  let(:annotation) { double("annotation", record: record(id: "a1", metadata: { confidence: 0.5 })) }
  let(:entry) do
    double("entry", record: record(id: "e1", name: "a.png"), annotations: [annotation], medias: [media])
  end

  def exported(*datasets)
    described_class.new.export(double("context", datasets: datasets, io: double("io", file: file)))
    JSON.parse(file.string)
  end

  it "nests what belongs together" do
    dataset = double("dataset", record: record(id: "d1", name: "Signs"), entries: [entry])
    expect(exported(dataset)).to eq(
      [{ "id" => "d1", "name" => "Signs", "entries" => [
        { "id" => "e1", "name" => "a.png",
          "annotations" => [{ "id" => "a1", "metadata" => { "confidence" => 0.5 } }],
          "medias" => [{ "id" => "m1", "filename" => "a.png" }] }
      ] }]
    )
  end

  it "writes an array also where there is nothing" do
    expect(exported).to eq([])
  end

  it "is registered for its modalities" do
    context = double("plugin context")
    expect(context).to receive(:register_exports).with(/\Aidah-/, described_class)
    OneFile::Sync.init(context)
  end
end
