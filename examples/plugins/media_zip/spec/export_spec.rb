# frozen_string_literal: true

require "json"
require "tmpdir"

require_relative "../backends/sync/media_zip/export"
require_relative "../backends/sync/media_zip/sync"

RSpec.describe MediaZip::Export do
  around { |example| Dir.mktmpdir { |folder| (@folder = folder) && example.run } }

  let(:entry) { double("entry", record: double("record", id: "e1", name: "a.png"), annotations: []) }

  def media(id, filename, bytes)
    double("media", record: double("record", id: id, filename: filename), download: bytes)
  end

  def export(**options)
    dataset = double("dataset", record: double("record", id: "d1"), entries: [entry])
    io = double("io", directory: @folder)
    described_class.new.export(double("context", datasets: [dataset], io: io, options: options))
    Dir.children(File.join(@folder, "d1")).sort
  end

  it "keeps files of the same name apart" do
    allow(entry).to receive(:medias).with({ key: "" })
                                    .and_return([media("m1", "a.png", "\xFF1"), media("m2", "x/a.png", "2")])
    expect(export).to eq(%w[m1-a.png m2-a.png records.jsonl])
    expect(File.binread(File.join(@folder, "d1/m1-a.png"))).to eq("\xFF1".b)
    expect(JSON.parse(File.read(File.join(@folder, "d1/records.jsonl")))["files"]).to eq(%w[m1-a.png m2-a.png])
  end

  it "takes variants too where all are asked for" do
    expect(entry).to receive(:medias).with({}).and_return([media("m1", "a.png", "1")])
    expect(export(include_medias: "all")).to include("m1-a.png")
  end

  it "asks for no media where none are wanted" do
    expect(export(include_medias: "none")).to eq(%w[records.jsonl])
  end

  it "is registered for its modalities" do
    context = double("plugin context")
    expect(context).to receive(:register_exports).with(/\Aidah-/, described_class)
    MediaZip::Sync.init(context)
  end
end
