# frozen_string_literal: true

require "longshore_plugin"
require "fileutils"
require "tmpdir"
require_relative "spec/filter"
require_relative "spec/memory"
require_relative "spec/ran"

# For the specs of an exporter's author: `rspec -r longshore_plugin/spec` in the plugin's folder.
#
# The plugin's constants are known as a worker knows them, and so are `Verse` and `JSON`, so that a suite with doubles runs as
# it is. A suite may also run its exporter over records that it writes down, with `LongshorePlugin::Spec.run`.
module LongshorePlugin
  module Spec
    # Makes the constants of the plugin in `folder` known; of the nearest one above the current directory without it.
    def self.plugin(folder = nearest)
      folder && Plugin.new(folder).define
    end

    # Runs an exporter to its end. `datasets` are hashes with their `entries`, these with `annotations` and `medias`, and a media
    # with `bytes` or a `file`.
    def self.run(exporter, datasets:, options: {}, shard: nil, workdir: nil)
      memory = Memory.new(datasets, workdir || temporary)
      registered = Exporter.new(exporter, nil)
      context = context(memory, options: options, shard: shard, merge: registered.merge)
      outcome = Dir.chdir(memory.workdir) { Outcome.of(registered, context) }
      Ran.new(outcome, context, memory)
    end

    # A context as an exporter gets it, over records in memory.
    def self.context(memory, options: {}, shard: nil, merge: nil)
      memory = Memory.new(memory, temporary) if memory.is_a?(Array)
      run = { dataset_ids: memory.ids, options: options, shard: shard, run_id: "spec", attempt: 1 }
      Context.new(memory, JSON.parse(JSON.generate(run), symbolize_names: true), merge: merge)
    end

    def self.nearest(folder = Dir.pwd)
      loop do
        return folder if File.file?(File.join(folder, Manifest::FILE)) || File.directory?(File.join(folder, "backends", "sync"))
        return if folder == "/"

        folder = File.dirname(folder)
      end
    end
    private_class_method :nearest

    # A folder that stays until the suite has ended, for what a run left is looked at after it.
    def self.temporary
      Dir.mktmpdir("longshore-plugin-spec").tap { |folder| at_exit { FileUtils.remove_entry(folder, true) } }
    end
    private_class_method :temporary
  end
end

$LOAD_PATH.push(File.expand_path("stand_ins", __dir__))
LongshorePlugin::Spec.plugin
