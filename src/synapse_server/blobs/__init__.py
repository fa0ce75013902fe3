"""Where bytes live: a folder that we serve, or an S3 bucket that clients reach directly."""
