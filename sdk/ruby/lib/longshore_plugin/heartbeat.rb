# frozen_string_literal: true

module LongshorePlugin
  # Tells the host that this process runs, however long an exporter computes without asking for anything.
  class Heartbeat
    EVERY_SECONDS = 5

    def self.start(channel, every_seconds = EVERY_SECONDS)
      Thread.new do
        loop do
          sleep(every_seconds)
          channel.tell("alive")
        end
      rescue Stopped, IOError, SystemCallError
        # Whoever reads the other descriptor learns that the host is gone, and ends the process.
      end
    end
  end
end
