# frozen_string_literal: true

require "tempfile"

RSpec.describe LongshorePlugin::IoContext do
  let(:io) { described_class.new(@folder) }

  it "has one file, which stays when it is deleted" do
    file = io.file(format: "csv")
    expect(io.file).to be(file)
    expect(File.basename(file.path)).to match(/\Aidah-export-.*\.csv\z/)
    file << "ä,1\n"
    file.flush
    file.rewind
    expect([file.read, file.length, file.size]).to eq(["ä,1\n", 5, 5])
    file.close
    file.unlink
    file.close!
    io.cleanup
    expect(File.read(io.output[:path], encoding: "UTF-8")).to eq("ä,1\n")
    expect(io.output[:mode]).to eq("file")
  end

  it "takes bytes of any kind beside texts" do
    bytes = Random.new(1).bytes(300)
    io.file(format: "bin").write("ä", bytes, "ü".encode("UTF-16LE").b)
    expect(File.binread(io.output[:path])).to eq("ä".b + bytes + "\xfc\x00".b)
    io.file.rewind
    expect(io.file.read(2)).to eq("ä".b)
  end

  it "brings everything that was written, also without `close`" do
    io.file.write("x")
    expect(File.read(io.output[:path])).to eq("x")
  end

  it "takes a file of the exporter's, opened or as a path, from wherever it is" do
    Dir.mktmpdir do |elsewhere|
      Tempfile.create("t", elsewhere) do |file|
        file.write("mine")
        io.file = file
        expect(io.file).to be(file)
        expect(io.output[:path]).to start_with("#{@folder}/")
        expect(File.read(io.output[:path])).to eq("mine")
      end
    end
    File.write(File.join(@folder, "own.csv"), "a")
    io.file = File.join(@folder, "own.csv")
    expect(io.output).to eq(mode: "file", path: File.join(@folder, "own.csv"))
  end

  it "says so when that file is not there" do
    io.file = File.join(@folder, "nothing")
    expect { io.output }.to raise_error(LongshorePlugin::Fault, /there is no such file/)
    io.file = Tempfile.new.tap(&:unlink)
    expect { io.output }.to raise_error(LongshorePlugin::Fault, /leave it until the export is done/)
  end

  it "refuses to be a file and a folder" do
    io.file
    expect { io.directory }.to raise_error(RuntimeError, "IoContext is already initialized with file mode")
    expect { io.zip_directory }.to raise_error(RuntimeError, "IoContext is already initialized with file mode")
    folder = described_class.new(@folder)
    folder.directory
    expect { folder.file }.to raise_error(RuntimeError, "IoContext is already initialized with dir mode")
    expect { folder.file = "x" }.to raise_error(RuntimeError, "IoContext is already initialized with dir mode")
    expect([io.mode, folder.mode, described_class.new(@folder).mode]).to eq([:file, :dir, nil])
  end

  it "has one folder, and packs it without what begins with a dot" do
    FileUtils.mkdir_p(File.join(io.directory, "images", "empty"))
    File.binwrite(File.join(io.directory, "images", "ä.bin"), Random.new(1).bytes(200_000))
    File.write(File.join(io.directory, "data.json"), "[]" * 50_000)
    File.write(File.join(io.directory, ".hidden"), "")
    packed = io.zip_directory
    expect(packed).to eq("#{io.directory}.zip")
    first = File.binread(packed)
    expect(File.binread(io.zip_directory)).to eq(first)
    listed, status = Open3.capture2e("unzip", "-Z1", packed)
    expect(status).to be_success
    expect(listed.force_encoding("UTF-8").lines(chomp: true)).to eq(["data.json", "images/", "images/empty/", "images/ä.bin"])
    expect(Open3.capture2e("unzip", "-tqq", packed).last).to be_success
    expect(Open3.capture2("unzip", "-p", packed, "data.json").first).to eq("[]" * 50_000)
    expect(io.output).to eq(mode: "directory", path: io.directory)
  end

  it "packs what needs 64 bits so that others read it" do
    stub_const("LongshorePlugin::Zip::LARGE", 10)
    %w[small larger].each { |name| File.write(File.join(io.directory, name), name * 2) }
    FileUtils.mkdir(File.join(io.directory, "nothing"))
    File.write(File.join(io.directory, "empty"), "")
    packed = io.zip_directory
    expect(Open3.capture2e("unzip", "-tqq", packed)).to match([/\A(No errors.*)?\z/m, be_success])
    read = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), [(n, z.read(n).decode()) for n in z.namelist()])"
    expect(Open3.capture2("python3", "-c", read, packed).first.strip).to eq(
      "None [('empty', ''), ('larger', 'largerlarger'), ('nothing/', ''), ('small', 'smallsmall')]"
    )
  end

  it "has none where nothing was asked for" do
    expect(io.output).to eq(mode: "none", path: nil)
  end
end
