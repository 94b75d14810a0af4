# frozen_string_literal: true

# Exporters of IDAH's Sync Service, run by a Longshore worker as they are.
#
# An exporter sees a context with datasets and a place to write; the rest is between this library and the
# host, in JSON lines on two descriptors. Files below are in the order that a run takes: plugins are found
# and loaded, records come by pages, and what was written is told to the host.
module LongshorePlugin
  # What host and runtime both speak.
  PROTOCOL = 1
end

# Some exporters use JSON and never ask for it: the service that they were written for has it loaded.
require "json"
require_relative "longshore_plugin/preloaded"

require_relative "longshore_plugin/fault"
require_relative "longshore_plugin/text"
require_relative "longshore_plugin/manifest"
require_relative "longshore_plugin/constants"
require_relative "longshore_plugin/selector"
require_relative "longshore_plugin/exporter"
require_relative "longshore_plugin/registration"
require_relative "longshore_plugin/plugin"
require_relative "longshore_plugin/folders"
require_relative "longshore_plugin/answer"
require_relative "longshore_plugin/channel"
require_relative "longshore_plugin/lone_channel"
require_relative "longshore_plugin/host"
require_relative "longshore_plugin/heartbeat"
require_relative "longshore_plugin/log"
require_relative "longshore_plugin/verse"
require_relative "longshore_plugin/keyed"
require_relative "longshore_plugin/record"
require_relative "longshore_plugin/recorded"
require_relative "longshore_plugin/annotation"
require_relative "longshore_plugin/media"
require_relative "longshore_plugin/entry"
require_relative "longshore_plugin/loaded"
require_relative "longshore_plugin/page"
require_relative "longshore_plugin/collection"
require_relative "longshore_plugin/entries"
require_relative "longshore_plugin/dataset"
require_relative "longshore_plugin/shard"
require_relative "longshore_plugin/datasets"
require_relative "longshore_plugin/output_file"
require_relative "longshore_plugin/zip"
require_relative "longshore_plugin/io_context"
require_relative "longshore_plugin/context"
require_relative "longshore_plugin/outcome"
require_relative "longshore_plugin/runner"
