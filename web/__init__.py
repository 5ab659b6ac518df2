"""The web: thin pages over the engine, cut by who uses them. Each handler parses, calls one verb and renders.

    app             the Flask application, put together
    auth            who is asking; signing in; forms that outlive a session
    errors          the one table from the engine's errors to HTTP statuses
    headers         what every answer says to the browser
    language        German and English, dates and numbers
    schemas         the pages' own forms
    public, private anybody: ideas to read, an idea to hand in and to follow
    inbox           the people who work on tasks
    studio          process owners
    audit           auditors
    administration  people, bodies, seats, deputies
    help            explanations, and the pages the law asks for
"""
