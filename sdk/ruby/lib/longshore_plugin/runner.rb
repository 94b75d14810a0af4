# frozen_string_literal: true

module LongshorePlugin
  # One process: takes the host's order, describes the exporters or runs one, and ends.
  class Runner
    # Without `heartbeat_seconds` somebody else tells that this process runs.
    def initialize(channel, folders, heartbeat_seconds: Heartbeat::EVERY_SECONDS)
      @channel = channel
      @folders = Folders.new(folders)
      @heartbeat_seconds = heartbeat_seconds
      @exporting = Thread.current
    end

    def call
      @channel.tell("ready")
      Log.current = Log.new { |level, message| @channel.tell("log", level: level, message: message) }
      Heartbeat.start(@channel, @heartbeat_seconds) if @heartbeat_seconds
      order = @channel.order
      @channel.listen { stop }
      obey(order)
      0
    rescue Stopped
      # Whoever stopped this knows, and nobody else listens.
      0
    end

    private

    # Lets the `ensure` blocks of the exporter run.
    def stop
      @exporting.raise(Stopped) unless @told
    end

    def obey(order)
      if order[:v] != PROTOCOL
        done(Outcome.failed(Fault.new("protocol_unknown", "the host speaks version #{order[:v].inspect}",
                                      hint: "this runtime speaks version #{PROTOCOL}")))
      elsif order[:describe]
        @channel.tell("described", exporters: @folders.exporters.filter_map { |exporter| describe(exporter) })
        @told = true
      else
        done(run(order.fetch(:run)))
      end
    end

    # An exporter that cannot tell of itself keeps none of the others from it.
    def describe(exporter)
      exporter.described.tap { |described| JSON.generate(described) }
    rescue StandardError, ScriptError => error
      Log.current.error(exporter.id) { error }
      nil
    end

    def run(order)
      workdir = File.realpath(order.fetch(:workdir))
      # Some exporters write into the current directory.
      Dir.chdir(workdir)
      exporter = @folders.exporter(order.fetch(:exporter))
      context = Context.new(Host.new(@channel, workdir), order, merge: exporter.merge)
      Outcome.of(exporter, context)
    rescue StandardError, ScriptError => error
      Outcome.failed(error)
    end

    def done(outcome)
      @channel.tell("done", **outcome.to_h)
      @told = true
    end
  end
end
