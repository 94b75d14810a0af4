# frozen_string_literal: true

require "json"
require "stringio"

require_relative "../backends/sync/checked_options/export"
require_relative "../backends/sync/checked_options/sync"

RSpec.describe CheckedOptions::Export do
  let(:file) { StringIO.new }

  def annotation(id, category, confidence)
    record = double("record", id: id, entry_id: "e1", annotation: { category: category },
                              metadata: { "confidence" => confidence })
    double("annotation", record: record)
  end

  def export(**options)
    entry = double("entry", annotations: [annotation("a1", "sign", 0.9), annotation("a2", "lamp", 0.9),
                                          annotation("a3", "sign", 0.2)])
    context = double("context", datasets: [double("dataset", entries: [entry])], options: options,
                                io: double("io", file: file))
    allow(context).to receive(:error!) { |message| throw :stop, message }
    catch(:stop) do
      described_class.new.export(context)
      JSON.parse(file.string).map { |found| found["id"] }
    end
  end

  it "writes what the options ask for" do
    expect(export).to eq(%w[a1 a2 a3])
    file.truncate(file.rewind)
    expect(export(least_confidence: 0.5, categories: ["sign"])).to eq(%w[a1])
  end

  it "takes what the platform itself says" do
    expect(export(include_medias: "original", completed_entries: true)).to eq(%w[a1 a2 a3])
  end

  it "tells all mistakes at once, and writes nothing" do
    expect(export(least_confidence: 2, categories: "sign", color: "red")).to eq(
      "there is no option `color`; `least_confidence` is not a number from 0 to 1; " \
      "`categories` is not a list of texts"
    )
    expect(file.string).to eq("")
  end

  it "is registered for its modalities" do
    context = double("plugin context")
    expect(context).to receive(:register_exports).with(/\Aidah-/, described_class)
    CheckedOptions::Sync.init(context)
  end
end
