# frozen_string_literal: true

module LongshorePlugin
  module Spec
    # What became of an exporter that a spec ran.
    class Ran
      attr_reader :context, :memory

      def initialize(outcome, context, memory)
        @outcome = outcome
        @context = context
        @memory = memory
      end

      def status = @outcome.status
      def error = @outcome.error
      def backtrace = @outcome.backtrace
      def after_seconds = @outcome.after_seconds
      def mode = @outcome.output[:mode]
      def path = @outcome.output[:path]

      # The contents of its file, or of its folder's files by their paths.
      def contents
        case mode
        when "file" then File.binread(path).force_encoding(Encoding::UTF_8)
        when "directory"
          Dir.glob("**/*", base: path).sort.select { |name| File.file?(File.join(path, name)) }
            .to_h { |name| [name, File.binread(File.join(path, name)).force_encoding(Encoding::UTF_8)] }
        end
      end

      def json
        JSON.parse(contents)
      end
    end
  end
end
