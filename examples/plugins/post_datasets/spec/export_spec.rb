# frozen_string_literal: true

require "json"

require_relative "../backends/sync/post_datasets/export"
require_relative "../backends/sync/post_datasets/sync"

RSpec.describe PostDatasets::Export do
  let(:dataset) do
    entry = double("entry", record: double("record", id: "e1", name: "a.png"))
    double("dataset", record: double("record", id: "d1", name: "Signs", updated_at: "today"), entries: [entry])
  end

  def export(**options)
    context = double("context", datasets: [dataset], options: options)
    allow(context).to receive(:error!) { |message| throw :stop, message }
    catch(:stop) do
      described_class.new.export(context)
      nil
    end
  end

  it "posts with the key of the options" do
    expect(Net::HTTP).to receive(:post) do |address, body, headers|
      expect(address.to_s).to eq("https://api.example.org/datasets")
      expect(JSON.parse(body)).to include("id" => "d1", "entries" => [{ "id" => "e1", "name" => "a.png" }])
      expect(headers).to include("Authorization" => "Bearer secret", "Idempotency-Key" => "d1 today")
      Net::HTTPCreated.new("1.1", "201", "Created")
    end
    expect(export(url: "https://api.example.org/datasets", api_key: "secret")).to be_nil
  end

  it "tells what the API refuses, without the key" do
    allow(Net::HTTP).to receive(:post).and_return(Net::HTTPForbidden.new("1.1", "403", "Forbidden"))
    expect(export(url: "https://api.example.org/datasets", api_key: "secret"))
      .to eq("api.example.org answers 403 to dataset d1")
  end

  it "asks for its options before it sends anything" do
    expect(Net::HTTP).not_to receive(:post)
    expect(export(url: "https://api.example.org/")).to include("`api_key`")
  end

  it "is registered for its modalities" do
    context = double("plugin context")
    expect(context).to receive(:register_exports).with(/\Aidah-/, described_class)
    PostDatasets::Sync.init(context)
  end
end
