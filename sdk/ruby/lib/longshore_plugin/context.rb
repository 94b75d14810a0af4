# frozen_string_literal: true

module LongshorePlugin
  # What an exporter gets: what to export, how, and where to.
  class Context
    # Smaller steps of the progress are not sent: nobody sees them, and an exporter may tell of each entry.
    STEP = 0.001

    # All datasets of the export, also where this process makes a part of it.
    attr_reader :dataset_ids
    # What the export asks of the exporter, with symbols as keys.
    attr_reader :options
    attr_reader :io, :progress
    # The same in every try of an export, and which try it is: for services that must not get things twice.
    attr_reader :run_id, :attempt
    # What `error!` said, or nil.
    attr_reader :error
    # What `reschedule!` said, or nil.
    attr_reader :after_seconds

    # `merge` is how the exporter declares that parts are merged, or nil.
    def initialize(host, run, merge: nil)
      @host = host
      @merge = merge
      @dataset_ids = run.fetch(:dataset_ids, [])
      @options = Keyed.of(run[:options] || {})
      @shard = Shard.of(run[:shard])
      @run_id = run[:run_id]
      @attempt = run[:attempt]
      @io = IoContext.new(host.workdir)
      @progress = 0.0
    end

    # Goes through them anew each time.
    def datasets
      ids = @shard ? [@shard.dataset_id] : @dataset_ids
      Datasets.new(@host, ids, -> { @shard ? @shard.first_index(@io.mode, @merge) : 0 }) { |part| self.progress = part }
    end

    # A part of the whole, from 0 to 1.
    def progress=(part)
      part = part.to_f
      return if part.nan?

      part = part.clamp(0.0, 1.0)
      return if (part - @progress).abs < STEP && part < 1.0

      @progress = part
      @host.tell("progress", value: part)
    end

    # Ends the export here: what follows is not reached, `ensure` is.
    def error!(message = nil)
      @error = Text.of(message.is_a?(Exception) ? message.message : (message || "the exporter gave up").to_s)
      @error_place = caller
      throw :stop
    end

    # Ends this try, and has the next begin after so many seconds.
    def reschedule!(after: 0)
      @after_seconds = after.to_f
      throw :stop
    end

    def error_backtrace
      @error_place
    end
  end
end
