# frozen_string_literal: true

$LOAD_PATH.unshift(File.expand_path("../lib", __dir__))
require "longshore_plugin/spec"
require "open3"
require "stringio"
require_relative "support/reference_host"
require_relative "support/sample"

FIXTURES = File.expand_path("fixtures", __dir__)

# Plugins are broken on purpose here.
LongshorePlugin::Log.current = LongshorePlugin::Log.new { |*| nil }

RSpec.configure do |config|
  config.expect_with(:rspec) { |expectations| expectations.syntax = :expect }
  config.disable_monkey_patching!
  config.order = :random
  config.around { |example| Dir.mktmpdir("longshore-ruby") { |folder| (@folder = folder) && example.run } }
end
