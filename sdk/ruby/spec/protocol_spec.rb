# frozen_string_literal: true

RSpec.describe "the protocol" do
  let(:memory) { LongshorePlugin::Spec::Memory.new(Sample.datasets, @folder) }

  def run(exporter, **more, &told) = ReferenceHost.run(memory, "Pictures::Sync::#{exporter}", **more, &told)

  def end_of(how, **more, &told) = run("Ends", options: { how: how }, **more, &told)

  it "runs an exporter and leaves a file" do
    host = run("Export")
    expect(host.events.first).to eq(ev: "ready")
    expect(host.done).to include(status: "completed", error: nil, after_seconds: nil, output: { mode: "file", path: "#{memory.workdir}/idah-export-0.json" })
    written = JSON.parse(File.read(host.done[:output][:path]))
    expect(written.map { |dataset| dataset["name"] }).to eq(%w[Cats Dogs])
    expect(written[0]["entries"].length).to eq(5)
    expect(written[1]["entries"][0]["annotations"][0]["dimensions"]).to eq("type" => "idah-image:bounding-box", "points" => [[0, 0], [1, 0.5]])
    expect(host.status.exitstatus).to eq(0)
    expect(host.of("progress").map { |event| event[:value] }).to eq([0.5, 1.0])
  end

  it "asks for annotations once for each page" do
    expect(run("Export").asked.map { |message| message[:op] }.tally).to eq("dataset" => 2, "entries" => 4, "annotations" => 2)
  end

  it "is not disturbed by what exporters and their children print" do
    host = run("Folder")
    expect(host.done).to include(status: "completed", output: { mode: "directory", path: "#{memory.workdir}/idah-export" })
    expect(host.errors).to include("from a child", '{"ev":"done","status":"errored"}')
    expect(Dir.children(host.done[:output][:path])).to contain_exactly("dataset_0.json", "dataset_1.json", "rex.png")
    expect(File.binread("#{memory.workdir}/idah-export/rex.png")).to eq("\x89PNG\xff".b)
    expect(Dir.children(memory.workdir)).to eq(["idah-export"])
  end

  it "runs a part and numbers it by the whole in a folder, and anew in a file" do
    shard = { dataset_id: "d2", index: 1, offset: 1 }
    run("Folder", shard: shard)
    expect(Dir.children("#{memory.workdir}/idah-export")).to contain_exactly("dataset_1.json", "rex.png")
    host = run("Streamed", shard: shard)
    expect(JSON.parse(File.read(host.done[:output][:path])).map { |one| one["id"] }).to eq(%w[d2 a6])
  end

  it "tells what `error!` said, and reaches nothing behind it" do
    host = end_of("error")
    expect(host.done).to include(status: "errored", error: "no labels in this project", output: { mode: "none", path: nil })
    expect(host.done[:backtrace].first).to include("ends.rb")
    expect(host.of("log")).to eq([{ ev: "log", level: "info", message: "option error" }])
    expect(File.read("#{memory.workdir}/here.txt")).to eq("the current directory")
  end

  it "tells what an exporter raised, whatever bytes are in it" do
    host = end_of("raise")
    expect(host.done).to include(status: "errored", error: "broken \u{fffd} pipe (Pictures::Sync::Ends::Trouble)")
    expect(host.done[:backtrace].first).to match(/ends\.rb:\d+/)
  end

  it "tells when to try again" do
    expect(end_of("again").done).to include(status: "rescheduled", after_seconds: 10.0, error: nil)
  end

  it "takes the end of the process by an exporter for an error" do
    expect(end_of("exit").done).to include(status: "errored", error: "the exporter ended the process")
  end

  it "hears no forked child" do
    host = end_of("fork")
    expect(host.done).to include(status: "completed", output: { mode: "none", path: nil })
    expect(host.of("progress")).to be_empty
  end

  it "asks for no more than a host takes at once, whatever threads there are" do
    expect(end_of("threads").done[:error]).to eq((1..6).map { |number| "a#{number} b#{number}" }.join(" "))
  end

  it "tells of a dataset that is not there" do
    expect(end_of("missing", dataset_ids: ["gone"]).done).to include(status: "errored", error: /\Agone: the source has no such dataset/)
  end

  it "ends when the host says so, by way of `ensure`" do
    host = end_of("wait") { |event, it| it.send({ quit: true }) if event[:ev] == "progress" }
    expect(host.status.exitstatus).to eq(0)
    expect(host.done).to be_nil
    expect(File).to exist("#{memory.workdir}/ensured.txt")
  end

  it "ends when the host is gone" do
    host = end_of("wait") { |event, it| it.vanish if event[:ev] == "progress" }
    expect(host.done).to be_nil
    expect(File).to exist("#{memory.workdir}/ensured.txt")
  end

  it "answers what there is to run" do
    described = ReferenceHost.describe([File.join(FIXTURES, "plugins")]).of("described").first[:exporters]
    expect(described.map { |one| one[:exporter] }).to eq(
      %w[Pictures::Sync::Export Pictures::Sync::Folder Pictures::Sync::Streamed Pictures::Sync::Ends PlainTexts::Sync::TextExport]
    )
    expect(described[0]).to eq(exporter: "Pictures::Sync::Export", name: "Pictures", description: "", modalities: ["idah-image"],
                               options: {}, shard: nil)
    expect(described[1]).to eq(exporter: "Pictures::Sync::Folder", name: "A file for each dataset", modalities: ["/^idah-/", "text"],
                               description: "And what it prints is not in the way", options: {}, shard: { by: "dataset", merge: "files" })
    expect(described[2]).to include(name: "Pictures: streamed", description: "A large array by hand")
    expect(described[4]).to include(name: "plain: text export", modalities: ["/text/i"])
  end

  it "describes what can be loaded, and logs what cannot" do
    host = ReferenceHost.describe([File.join(FIXTURES, "broken"), File.join(FIXTURES, "plugins", "plain")])
    expect(host.of("described").first[:exporters].length).to eq(1)
    expect(host.of("log").first).to include(level: "error", message: /broken.*a selector is a String/)
  end

  it "says which exporters there are, and what keeps a plugin from being loaded" do
    expect(run("Nothing").done[:error]).to include("Pictures::Sync::Nothing: no plugin registers it", "Pictures::Sync::Export")
    alone = run("Nothing", folders: [File.join(FIXTURES, "broken")])
    expect(alone.done).to include(status: "errored", error: /a selector is a String.*ArgumentError/)
  end

  it "speaks one version" do
    expect(ReferenceHost.describe([File.join(FIXTURES, "plugins")], v: 2).done).to include(status: "errored", error: /the host speaks version 2/)
  end

  it "takes pages that are larger than a pipe, both ways" do
    entries = (1..2500).map { |number| Sample.entry(number).merge(id: format("%036d", number), name: "x" * 200) }
    large = LongshorePlugin::Spec::Memory.new([{ id: "d", entries: entries }], @folder)
    host = ReferenceHost.run(large, "Pictures::Sync::Streamed")
    expect(JSON.parse(File.read(host.done[:output][:path])).length).to eq(2501)
    expect(host.asked.map { |message| message[:op] }.tally).to eq("dataset" => 1, "entries" => 4, "annotations" => 3)
  end

  it "says so when nobody is at its descriptors" do
    errors, status = Open3.capture2e(RbConfig.ruby, ReferenceHost::EXE, FIXTURES)
    expect(errors).to include("a Longshore worker starts this")
    expect(status.exitstatus).to eq(64)
  end
end
