# frozen_string_literal: true

RSpec.describe LongshorePlugin::Record do
  let(:fields) { { id: "a1", dimensions: { type: "box", frames: [{ frame: 1, points: [[0, 1]] }] }, annotation: { category: "cat" } } }
  let(:record) { described_class.new("annotations", fields) }

  it "reads fields by method and by key, and says nil of others" do
    expect(record.id).to eq("a1")
    expect(record.type).to eq("annotations")
    expect(record.annotation).to eq(category: "cat")
    expect(record[:annotation]["category"]).to eq("cat")
    expect(record["dimensions"].dig("frames", 0, "frame")).to eq(1)
    expect(record.dimensions["frames"].first["points"]).to eq([[0, 1]])
    expect(record.shape).to be_nil
    expect(record[:shape]).to be_nil
    expect(record.dig(:dimensions, :type)).to eq("box")
  end

  it "is matched by its fields" do
    record => { id:, annotation: { category: } }
    expect([id, category]).to eq(%w[a1 cat])
  end

  it "has its fields as JSON:API has them" do
    expect(record.data).to eq(id: "a1", type: "annotations", attributes: { dimensions: fields[:dimensions], annotation: { category: "cat" } })
    expect(record.data[:attributes][:annotation][:category]).to eq("cat")
    expect(record.attributes.keys).to eq(%i[dimensions annotation])
  end

  it "takes records of JSON:API as they are" do
    record = described_class.new("entries", { id: "e1", type: "sync:entries", attributes: { name: "a.png" } })
    expect([record.id, record.type, record.name, record.to_h]).to eq(["e1", "sync:entries", "a.png", { id: "e1", name: "a.png" }])
  end

  it "is whole in JSON, also within something else" do
    whole = '{"id":"a1","dimensions":{"type":"box","frames":[{"frame":1,"points":[[0,1]]}]},"annotation":{"category":"cat"}}'
    expect(record.to_json).to eq(whole)
    record.dimensions["frames"]
    expect(JSON.generate([record])).to eq("[#{whole}]")
    expect(JSON.parse(JSON.pretty_generate(a: record))["a"]["id"]).to eq("a1")
  end

  it "is no text, no list and no hash to Ruby, and is not changed" do
    expect([[record]].flatten).to eq([record])
    expect { record.to_str }.to raise_error(NoMethodError)
    expect { record.name = 1 }.to raise_error(NoMethodError)
    expect { record.name(1) }.to raise_error(NoMethodError)
    expect(record).to respond_to(:annotation)
    expect(record).not_to respond_to(:shape)
  end

  it "is copied by way of Marshal, as deep copies are" do
    expect(Marshal.load(Marshal.dump(record.dimensions))["type"]).to eq("box")
  end

  it "has the older names for itself in whatever it is of" do
    annotation = LongshorePlugin::Annotation.new(nil, { id: "a1", annotation: { category: "cat" } })
    expect(annotation.annotation).to be(annotation.record)
    expect(annotation.record.annotation).to eq(category: "cat")
    expect(annotation.to_json).to eq('{"id":"a1","annotation":{"category":"cat"}}')
    dataset = LongshorePlugin::Dataset.new(nil, { id: "d1", name: "Cats" })
    expect(dataset.dataset).to be(dataset.record)
    expect([dataset.id, dataset.name, dataset[:name]]).to eq(%w[d1 Cats Cats])
    expect { dataset.weight }.to raise_error(NoMethodError)
    media = LongshorePlugin::Media.new(nil, { id: "m1", key: "" })
    expect(media.media).to be(media.record)
    expect(media.record.key).to eq("")
  end
end

RSpec.describe LongshorePlugin::Keyed do
  it "is read by texts and by symbols" do
    keyed = described_class.of({ a: { b: 1 }, list: [{ c: 2 }] })
    expect([keyed["a"]["b"], keyed[:a][:b], keyed.fetch("a").fetch("b"), keyed["list"][0]["c"]]).to eq([1, 1, 1, 2])
    expect(keyed.key?("a")).to be(true)
    expect(keyed["nothing"]).to be_nil
    expect(keyed.fetch("nothing", 3)).to eq(3)
    expect(keyed.fetch("nothing") { |key| key }).to eq("nothing")
    expect { keyed.fetch(:nothing) }.to raise_error(KeyError)
    expect(keyed.values_at("a", :list)).to eq([{ b: 1 }, [{ c: 2 }]])
    expect({ **keyed }).to eq(a: { b: 1 }, list: [{ c: 2 }])
    expect(described_class.of({ a: { b: 1 } }.freeze).freeze["a"]).to eq(b: 1)
  end
end
