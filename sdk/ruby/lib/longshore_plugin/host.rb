# frozen_string_literal: true

module LongshorePlugin
  # The host as an exporter's objects see it: whom they ask, and where they may write.
  class Host
    attr_reader :workdir

    def initialize(channel, workdir)
      @channel = channel
      @workdir = workdir
    end

    def ask(operation, **parameters)
      @channel.ask(operation, **parameters)
    end

    def tell(event, **fields)
      @channel.tell(event, **fields)
    end
  end
end
