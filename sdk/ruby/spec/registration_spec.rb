# frozen_string_literal: true

RSpec.describe LongshorePlugin::Registration do
  let(:exporters) { [] }
  let(:plugin) { instance_double(LongshorePlugin::Plugin, name: "p", title: "Plug") }
  let(:registration) { described_class.new(plugin, exporters) }
  let(:type) { stub_const("Some::CocoExport", Class.new) }

  it "takes texts, regular expressions and lists of both" do
    registration.register_exports("idah-image", type)
    registration.register_exports(/video/, type)
    registration.register_exports(["idah-image", /text/i], type)
    expect(exporters.map(&:modalities)).to eq([["idah-image", "/video/", "/text/i"]])
  end

  it "refuses anything else" do
    [:image, nil, 1, ["a", nil], { a: 1 }].each do |selector|
      expect { registration.register_exports(selector, type) }.to raise_error(ArgumentError, /a String, a Regexp or an Array/)
    end
    expect(exporters).to be_empty
  end

  it "tells an exporter of its plugin" do
    registration.register_exports("a", type)
    expect(type.plugin).to be(plugin)
  end

  it "passes over what else IDAH would register, and not what it would not" do
    allow(LongshorePlugin::Log.current).to receive(:warn)
    expect(registration.register_imports("a", type)).to be_nil
    expect(registration.mount_plugin("a")).to be_nil
    expect(LongshorePlugin::Log.current).to have_received(:warn).once
    expect { registration.export_all }.to raise_error(NoMethodError)
  end

  it "has defaults for an exporter that says nothing of itself" do
    expect(LongshorePlugin::Exporter.new(type, plugin).described).to eq(
      exporter: "Some::CocoExport", name: "Plug: coco export", description: "", modalities: [], options: {}, shard: nil
    )
  end

  it "takes of a schema what it knows, and passes over the rest" do
    type.define_singleton_method(:options) do
      Verse::Schema.define(strict: true) do
        extra_fields
        field(:mode, String, meta: { label: "Mode" }).in?(%w[a b]).rule("one of them") { |value| value }
        field?(:sizes, Verse::Schema.array(Integer))
        rule(%i[mode sizes], "fit") { true }
      end
    end
    expect(LongshorePlugin::Exporter.new(type, plugin).options.transform_values { |field| field[:required] }).to eq(mode: true, sizes: false)
  end

  it "tells which options are secret" do
    type.define_singleton_method(:options) do
      Verse::Schema.define do
        field(:url, String)
        field(:api_key, String).meta(secret: true)
        field?(:pin, String, meta: { secret: true, label: "PIN" })
      end
    end
    options = LongshorePlugin::Exporter.new(type, plugin).options
    expect(options.transform_values { |field| field[:secret] }).to eq(url: nil, api_key: true, pin: true)
  end

  it "asks an exporter's class or its instances, whichever tells" do
    type.define_singleton_method(:name) { "COCO" }
    type.define_method(:description) { "Boxes" }
    type.define_singleton_method(:options) { Verse::Schema.define { field(:size, Integer).default(3).label("Size") } }
    expect(LongshorePlugin::Exporter.new(type, plugin).described).to include(
      exporter: "Some::CocoExport", name: "COCO", description: "Boxes", options: { size: { type: "Integer", required: false, default: 3 } }
    )
  end
end
