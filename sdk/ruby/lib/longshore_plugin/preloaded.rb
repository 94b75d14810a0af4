# frozen_string_literal: true

# Parts of Ruby's library that the service has loaded which exporters were written for, so that many use them and ask
# for none. Loaded when their constant is used, for most need few of them; `Time.parse`, `Dir.mktmpdir` and
# `URI("…")` have no constant of their own.
{
  Date: "date", DateTime: "date", Digest: "digest", ERB: "erb", FileUtils: "fileutils", Net: "net/http", OpenSSL: "openssl",
  Pathname: "pathname", SecureRandom: "securerandom", Set: "set", StringIO: "stringio", Tempfile: "tempfile", YAML: "yaml",
  Zlib: "zlib"
}.each do |name, file|
  Object.autoload(name, file) unless Object.const_defined?(name)
end
require "time"
require "tmpdir"
require "uri"
