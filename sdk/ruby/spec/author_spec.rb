# frozen_string_literal: true

RSpec.describe "an author's own suite" do
  let(:lib) { File.expand_path("../lib", __dir__) }

  it "runs with its doubles as it is" do
    output, status = Open3.capture2e("rspec", "-I", lib, "-r", "longshore_plugin/spec", chdir: File.join(FIXTURES, "plugins", "pictures"))
    expect(output).to include("1 example, 0 failures")
    expect(status).to be_success
  end

  it "finds the framework that it asks for" do
    code = 'require "longshore_plugin/spec"; require "verse/core"; require "verse-schema"; puts Verse::Schema.empty.to_h'
    expect(Open3.capture2(RbConfig.ruby, "-I", lib, "-e", code)).to match(["{}\n", be_success])
  end

  it "is as the README shows it" do
    plugin, suite = File.read(File.expand_path("../README.md", __dir__)).scan(/^```ruby\n(.*?)^```/m).flatten
    stub_const("Labels", Module.new)
    eval(plugin, TOPLEVEL_BINDING)
    instance_eval(suite)
  end

  it "may run an exporter over records that it writes down" do
    exporter = Class.new do
      def export(context)
        context.datasets.each { |dataset| File.write(File.join(context.io.directory, "#{dataset.record.name}.json"), dataset.entries.to_json) }
      end
    end
    ran = LongshorePlugin::Spec.run(exporter, datasets: [{ "id" => "d", "name" => "cats", "entries" => [{ "id" => "e" }] }])
    expect(ran).to have_attributes(status: "completed", error: nil, contents: { "cats.json" => '[{"id":"e"}]' })
  end
end
