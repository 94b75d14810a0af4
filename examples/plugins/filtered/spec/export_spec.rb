# frozen_string_literal: true

require "json"
require "stringio"

require_relative "../backends/sync/filtered/export"
require_relative "../backends/sync/filtered/sync"

RSpec.describe Filtered::Export do
  let(:file) { StringIO.new }
  let(:entry) { double("entry", record: double("record", id: "e1", name: "a.png")) }
  let(:dataset) { double("dataset") }

  before do
    shape = double("annotation", record: double("record", dimensions: { type: "idah-image:bounding-box" }))
    media = double("media", record: double("record", filename: "a.png"))
    allow(dataset).to receive(:entries).and_return([entry])
    allow(entry).to receive_messages(annotations: [shape], medias: [media])
  end

  def export(**options)
    context = double("context", datasets: [dataset], options: options, io: double("io", file: file))
    described_class.new.export(context)
    file.string.lines.map { |line| JSON.parse(line) }
  end

  it "asks for finished entries, boxes and files as uploaded" do
    expect(export).to eq([{ "id" => "e1", "name" => "a.png", "files" => ["a.png"],
                            "shapes" => [{ "type" => "idah-image:bounding-box" }] }])
    expect(dataset).to have_received(:entries).with({ status: "completed" })
    expect(entry).to have_received(:annotations).with({ type: "bounding_box" })
    expect(entry).to have_received(:medias).with({ key: "" })
  end

  it "asks for what the options say" do
    export(status: %w[pending completed], type: "polygon", key: "thumb")
    expect(dataset).to have_received(:entries).with({ status: %w[pending completed] })
    expect(entry).to have_received(:annotations).with({ type: "polygon" })
    expect(entry).to have_received(:medias).with({ key: "thumb" })
  end

  it "is registered for its modalities" do
    context = double("plugin context")
    expect(context).to receive(:register_exports).with("idah-image", described_class)
    Filtered::Sync.init(context)
  end
end
