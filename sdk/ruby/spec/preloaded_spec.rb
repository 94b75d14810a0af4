# frozen_string_literal: true

RSpec.describe "Ruby's library" do
  it "is there for exporters that never ask for it" do
    code = <<~RUBY
      require "longshore_plugin"
      [Set.new([1]).size, Tempfile.name, SecureRandom.uuid.length, Time.parse("2026-01-14T10:23:18Z").utc.iso8601, Date.new(2026, 1, 14).to_s,
       Dir.respond_to?(:mktmpdir), URI("http://h/a").host, Net::HTTP.name, Digest::SHA256.hexdigest("").length, StringIO.name]
        .each { |one| puts one }
    RUBY
    lib = File.expand_path("../lib", __dir__)
    output, status = Open3.capture2e(RbConfig.ruby, "-I", lib, "-e", code)
    expect(output.lines(chomp: true)).to eq(%w[1 Tempfile 36 2026-01-14T10:23:18Z 2026-01-14 true h Net::HTTP 64 StringIO])
    expect(status).to be_success
  end
end
