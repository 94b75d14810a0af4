# frozen_string_literal: true

RSpec.describe LongshorePlugin::Folders do
  def plugin(name, files)
    files.each do |path, content|
      file = File.join(@folder, name, path)
      FileUtils.mkdir_p(File.dirname(file))
      File.write(file, content)
    end
    File.join(@folder, name)
  end

  def manifest(**more)
    JSON.generate({ type: "idah-plugin", name: "p", entryPoints: { backend: { module: "X", path: "backends" } }, **more })
  end

  def broken(folder)
    described_class.new([folder]).broken.values.first&.message
  end

  it "finds plugins in a folder of plugins, in the order of their names, and each once" do
    folders = described_class.new([File.join(FIXTURES, "plugins"), File.join(FIXTURES, "plugins", "plain")])
    expect(folders.plugins.map(&:name)).to eq(%w[pictures plain])
    expect(folders.broken).to be_empty
  end

  it "gives an exporter its plugin" do
    exporter = described_class.new([File.join(FIXTURES, "plugins")]).exporter("Pictures::Sync::Export")
    expect(exporter.type.plugin).to have_attributes(name: "pictures", title: "Pictures", version: "1.2.0")
  end

  it "takes a manifest that says no more than a name" do
    folder = plugin("named", "manifest.json" => '{"name": "short"}', "backends/sync/named_only/sync.rb" => <<~RUBY)
      module NamedOnly
        module Sync
          class Export; def export(context); end; end
          def self.init(context) = context.register_exports("a", Export)
        end
      end
    RUBY
    expect(described_class.new([folder]).plugins.map { |one| [one.name, one.exporters.map(&:id)] }).to eq([["short", ["NamedOnly::Sync::Export"]]])
  end

  it "passes over a plugin without exports" do
    folder = plugin("pages", "manifest.json" => manifest, "frontend/index.js" => "")
    expect(described_class.new([folder])).to have_attributes(exporters: [], broken: {})
  end

  it "takes a manifest's spelling of its module" do
    folder = plugin("spelled", "manifest.json" => manifest(entryPoints: { backend: { module: "IDAHSpelled", path: "ruby" } }),
                               "ruby/sync/idah_spelled/sync.rb" => <<~RUBY)
                                 module IDAHSpelled
                                   module Sync
                                     class Export; def export(context); end; end
                                     def self.init(context) = context.register_exports("a", Export)
                                   end
                                 end
                               RUBY
    expect(described_class.new([folder]).exporters.map(&:id)).to eq(["IDAHSpelled::Sync::Export"])
  end

  it "says what is wrong with a manifest, and where" do
    expect(broken(plugin("a", "manifest.json" => "{"))).to match(%r{/a/manifest.json: is no JSON})
    expect(broken(plugin("b", "manifest.json" => "[]"))).to match(%r{/b/manifest.json: is no object})
    expect(broken(plugin("e", "manifest.json" => '{"type": "theme"}'))).to include("`type` is not that of a plugin", "idah-plugin")
    expect(broken(plugin("c", "manifest.json" => manifest(entryPoints: "x")))).to include("`entryPoints.backend`")
    expect(broken(plugin("d", "manifest.json" => manifest, "backends/sync/y/sync.rb" => ""))).to include("`X::Sync` is not defined")
  end

  it "keeps what does not even parse from the others" do
    folders = described_class.new([plugin("unparsed", "backends/sync/unparsed/sync.rb" => "def"), File.join(FIXTURES, "plugins")])
    expect(folders.broken.values).to contain_exactly(SyntaxError)
    expect(folders.plugins.length).to eq(2)
  end

  it "refuses a folder that is not there" do
    expect { described_class.new(["/nowhere"]).plugins }.to raise_error(LongshorePlugin::Fault, "/nowhere: is no folder")
  end
end
