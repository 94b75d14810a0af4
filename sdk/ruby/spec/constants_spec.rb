# frozen_string_literal: true

RSpec.describe LongshorePlugin::Constants do
  def tree(files)
    files.each do |path, content|
      file = File.join(@folder, path)
      FileUtils.mkdir_p(File.dirname(file))
      File.write(file, content)
    end
    described_class.define(@folder, [])
  end

  it "loads a file when its constant is used, and not before" do
    tree("lazily_loaded/first_part.rb" => "module LazilyLoaded; FirstPart = 1; end", "lazily_loaded/second_part.rb" => "raise 'loaded'")
    expect(LazilyLoaded::FirstPart).to eq(1)
    expect { LazilyLoaded::SecondPart }.to raise_error("loaded")
  end

  it "fills a module before the rest of its file, so that its body may use what is below" do
    tree("opened/sync.rb" => "module Opened; module Sync; KINDS = Kinds::ALL; end; end",
         "opened/sync/kinds.rb" => "module Opened::Sync::Kinds; ALL = Deep::ONE; end",
         "opened/sync/kinds/deep.rb" => "class Opened::Sync::Kinds::Deep < Opened::Sync::Base; ONE = [1]; end",
         "opened/sync/base.rb" => "class Opened::Sync::Base; end")
    expect(Opened::Sync::KINDS).to eq([1])
  end

  it "adds to a module that is there" do
    stub_const("AlreadyThere", Module.new)
    tree("already_there/more.rb" => "AlreadyThere::More = 1")
    expect(AlreadyThere::More).to eq(1)
  end

  it "passes over what is no constant's file" do
    tree("passed_over/a-b.rb" => "raise", "passed_over/.hidden.rb" => "raise", "passed_over/notes.md" => "")
    expect(PassedOver.constants).to be_empty
  end
end
