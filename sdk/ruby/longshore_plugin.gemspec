# frozen_string_literal: true

Gem::Specification.new do |gem|
  gem.name = "longshore_plugin"
  gem.version = "1.0.0"
  gem.summary = "Runs IDAH exporter plugins on Longshore"
  gem.description = "Speaks with a Longshore worker over two descriptors, and gives exporters the API that they were " \
                    "written against: datasets, entries, annotations, media, and a place for what they write."
  gem.authors = ["Longshore"]
  gem.license = "Apache-2.0"
  gem.required_ruby_version = ">= 3.1"
  gem.files = Dir["lib/**/*.rb", "exe/*", "README.md"]
  gem.bindir = "exe"
  gem.executables = ["longshore-plugin"]
  gem.metadata["rubygems_mfa_required"] = "true"
end
