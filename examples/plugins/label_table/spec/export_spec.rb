# frozen_string_literal: true

require "stringio"

require_relative "../backends/sync/label_table/export"
require_relative "../backends/sync/label_table/sync"

RSpec.describe LabelTable::Export do
  let(:file) { StringIO.new }
  let(:io) { double("io", file: file, cleanup: nil) }
  let(:made) { [] }

  before do
    allow(Tempfile).to receive(:new).and_wrap_original do |original, *arguments|
      original.call(*arguments).tap { |temporary| made << temporary.path }
    end
  end

  def dataset(name, *categories)
    annotations = categories.each_with_index.map do |category, index|
      double("annotation", record: double("record", id: "a#{index}", annotation: { "category" => category }))
    end
    entry = double("entry", record: double("record", name: "a.png"), annotations: annotations)
    double("dataset", record: double("record", name: name), entries: [entry])
  end

  def export(*datasets)
    described_class.new.export(double("context", datasets: datasets, io: io))
  end

  it "puts the rows of a category together" do
    export(dataset("One", "sign", "lamp"), dataset("Two, too", "sign"))
    expect(file.string).to eq(<<~CSV)
      category,dataset,entry,annotation
      lamp,One,a.png,a1
      sign,One,a.png,a0
      sign,"Two, too",a.png,a0
    CSV
    expect(made.size).to eq(2)
    expect(made).to all(satisfy { |path| !File.exist?(path) })
  end

  it "leaves nothing behind where it fails" do
    broken = double("dataset")
    allow(broken).to receive(:entries).and_raise("gone")
    expect(io).to receive(:cleanup)
    expect { export(dataset("One", "sign"), broken) }.to raise_error("gone")
    expect(made.size).to eq(1)
    expect(made).to all(satisfy { |path| !File.exist?(path) })
  end

  it "is registered for its modalities" do
    context = double("plugin context")
    expect(context).to receive(:register_exports).with(/\Aidah-/, described_class)
    LabelTable::Sync.init(context)
  end
end
