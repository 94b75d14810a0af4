# frozen_string_literal: true

RSpec.describe LongshorePlugin::Entries do
  let(:memory) { LongshorePlugin::Spec::Memory.new(Sample.datasets, @folder).tap { |memory| memory.page_size = 2 } }
  let(:dataset) { LongshorePlugin::Spec.context(memory).datasets.first }
  let(:entries) { dataset.entries }

  def asked(operation)
    memory.asked.filter_map { |name, parameters| parameters if name == operation }
  end

  it "goes through all pages, anew each time" do
    2.times { expect(entries.map { |entry| entry.record.name }).to eq(%w[1.png 2.png 3.png 4.png 5.png]) }
    expect(asked("entries").map { |parameters| parameters[:after] }).to eq([nil, "e2", "e4", "e5"] * 2)
  end

  it "reads the next page ahead, and no further" do
    expect(entries.first.id).to eq("e1")
    expect(asked("entries").length).to eq(2)
  end

  it "loads annotations for a page at once, and those of the next ahead" do
    expect(entries.flat_map { |entry| entry.annotations.map(&:id) }.length).to eq(10)
    expect(asked("annotations").map { |parameters| parameters[:entry_ids] }).to eq([%w[e1 e2], %w[e3 e4], %w[e5]])
  end

  it "asks for nothing that nobody wants" do
    entries.each { |entry| entry.record.name }
    expect(asked("annotations")).to be_empty
    expect(asked("medias")).to be_empty
  end

  it "gives the same annotations again without asking again" do
    entry = entries.first
    expect(entry.annotations.map(&:id)).to eq(entry.annotations.map(&:id))
    expect(asked("annotations").length).to eq(1)
  end

  it "sends filters to the host, as a hash or by name" do
    expect(dataset.entries({ status: "completed" }).map(&:id)).to eq(%w[e2 e4])
    expect(dataset.entries(status__in: %w[completed]).map(&:id)).to eq(%w[e2 e4])
    expect(dataset.entries({ "name" => "1.png" }).map(&:id)).to eq(%w[e1])
    expect(dataset.entries(nil).size).to eq(5)
    entry = entries.first
    expect(entry.annotations({ type: "bounding_box" }).map(&:id)).to eq(%w[a1])
    expect(entry.annotations(type: "idah-image:polygon").map(&:id)).to eq(%w[b1])
    expect(asked("annotations").map { |parameters| parameters[:filter] }).to eq([{ type: "bounding_box" }, { type: "idah-image:polygon" }])
  end

  it "reads no page whole for filters that are made for each entry" do
    memory.page_size = 1000
    many = (1..20).map { |number| entries.first.annotations({ id: "a#{number}" }).map(&:id) }
    expect(many.first).to eq(%w[a1])
    memory.asked.clear
    page = entries.first
    20.times { |number| page.annotations({ id: "a#{number}" }) }
    expect(asked("annotations").map { |parameters| parameters[:entry_ids].length }.tally).to eq(5 => 8, 1 => 12)
  end

  it "is an array as well" do
    expect(entries.size).to eq(5)
    expect(entries.length).to eq(5)
    expect(entries.count).to eq(5)
    expect([entries[0].id, entries[-1].id, entries[1..2].map(&:id), entries.last.id]).to eq(["e1", "e5", %w[e2 e3], "e5"])
    expect(entries.reverse.map(&:id)).to eq(%w[e5 e4 e3 e2 e1])
    expect(entries.empty?).to be(false)
    expect(dataset.entries(name: "no").empty?).to be(true)
    expect([entries].flatten.length).to eq(5)
    expect([1].flat_map { entries }.length).to eq(5)
    expect((entries + entries).length).to eq(10)
    expect(entries.each_slice(2).map(&:length)).to eq([2, 2, 1])
    expect(entries == entries.to_a).to be(true)
    expect { entries.no_such_thing }.to raise_error(NoMethodError)
    expect(entries).not_to respond_to(:to_str)
  end

  it "is an enumerator as well" do
    expect(entries.next.id).to eq("e1")
    expect(entries.next.id).to eq("e2")
    expect(entries.with_index(1).map { |entry, index| [entry.id, index] }.last).to eq(["e5", 5])
    expect(entries.each.with_index.to_a.last.last).to eq(4)
    expect(entries.lazy.map(&:id).first(2)).to eq(%w[e1 e2])
    expect(entries.each.size).to eq(5)
    expect(entries.first.annotations.next.id).to eq("a1")
    expect(entries.first.annotations.with_index(1).map { |_, index| index }).to eq([1, 2])
  end

  it "asks with texts where ids are numbers" do
    memory = LongshorePlugin::Spec::Memory.new([{ id: 7, entries: [{ id: 8, annotations: [{ id: 9 }] }] }], @folder)
    entries = LongshorePlugin::Spec.context(memory).datasets.first.entries
    expect(entries.flat_map { |entry| [entry.id, *entry.annotations.map(&:id)] }).to eq([8, 9])
    expect(memory.asked.map { |_, parameters| parameters.values_at(:dataset_id, :after, :entry_ids).flatten.compact }).to eq(
      [["7"], ["7"], %w[7 8], ["8"]]
    )
  end

  it "reads once what is asked for by place" do
    5.times { |place| entries[place] }
    expect(asked("entries").length).to eq(4)
  end

  it "is JSON as an array is" do
    expect(JSON.parse(entries.to_json).map { |entry| entry["id"] }).to eq(%w[e1 e2 e3 e4 e5])
    expect(JSON.parse(JSON.generate({ all: entries }))["all"].length).to eq(5)
    expect(JSON.parse(JSON.generate(entries.first.annotations)).map { |one| one["id"] }).to eq(%w[a1 b1])
  end

  it "tells what the host refused" do
    gone = LongshorePlugin::Entries.new(memory, "gone", {})
    expect { gone.to_a }.to raise_error(LongshorePlugin::Refused, /entries: .*gone/) { |error| expect(error.code).to eq("not_found") }
  end

  it "does not go round in circles with a host that answers one page for ever" do
    allow(memory).to receive(:answered).and_return({ ok: [{ id: "e1" }] })
    expect { LongshorePlugin::Entries.new(memory, "d1", {}).to_a }.to raise_error(LongshorePlugin::Fault, /the same page again/)
  end

  it "downloads a file, as bytes that leave none behind or to a path" do
    media = LongshorePlugin::Spec.context(memory).datasets[1].entries.first.medias({ key: "" }).first
    expect(media.download).to eq("\x89PNG\xff".b)
    expect(Dir.children(@folder)).to be_empty
    expect(media.download(to: File.join(@folder, "in", "rex.png"))).to eq(File.join(@folder, "in", "rex.png"))
    expect(asked("download").map { |parameters| [parameters[:media][:id], parameters[:to]] }).to eq([["m1", nil], ["m1", "in/rex.png"]])
    expect(Dir.children(@folder)).to eq(["in"])
    Dir.mktmpdir { |other| expect(File.binread(media.download(to: File.join(other, "rex.png")))).to eq("\x89PNG\xff".b) }
  end
end
