# frozen_string_literal: true

module LongshorePlugin
  # How an export ended, as the host is told.
  Outcome = Struct.new(:status, :error, :backtrace, :after_seconds, :output, keyword_init: true) do
    # Runs the exporter to its end, whatever that is.
    def self.of(exporter, context)
      catch(:stop) { exporter.export(context) }
      ended(context)
    rescue Stopped, SignalException
      raise
    rescue Exception => error
      # An error that an exporter announced counts more than one that followed from it, as in a thread of its own.
      context.error ? ended(context) : failed(error)
    end

    def self.ended(context)
      return new(status: "errored", error: context.error, backtrace: Text.of_backtrace(context.error_backtrace), output: nothing) if context.error
      return new(status: "rescheduled", after_seconds: context.after_seconds, output: nothing) if context.after_seconds

      new(status: "completed", output: context.io.output)
    end

    def self.failed(error)
      message = error.is_a?(SystemExit) ? "the exporter ended the process" : Text.of_exception(error)
      new(status: "errored", error: message, backtrace: Text.of_backtrace(error.backtrace), output: nothing)
    end

    def self.nothing
      { mode: "none", path: nil }
    end
  end
end
